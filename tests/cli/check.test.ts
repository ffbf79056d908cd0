/** `webgfn check`: what it says of a user's file, and of files that it cannot take. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "@webgfn/envs";
import { afterAll, describe, expect, it, vi } from "vitest";
import { knapsack } from "../gpu/knapsack.js";
import { call } from "./run.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), "webgfn-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** A module's text that makes an environment: what is no JSON is written out. */
function moduleOf({ decode: _, exactSampling: __, data, ...rest }: Environment): string {
  return `const environment = {
  ...${JSON.stringify(rest)},
  data: Float32Array.from(${JSON.stringify([...data])}),
  exactSampling: { available: false, reason: "nobody draws from it" },
  decode: ([word]) => ({ items: [0, 1, 2, 3].filter((item) => (word >> item) & 1) }),
};
`;
}

const good = moduleOf(knapsack());
const broken = moduleOf(knapsack([["select(countOneBits(state[0]), 1u, is_terminal(state))", "1u"]]));

describe("a file that is right", () => {
  it("is told so, and leaves with 0", async () => {
    const path = file("good.mjs", `${good}export function sack() { return environment; }\nexport const help = (text) => text.length;\n`);
    const { status, stdout, stderr } = await call(["check", path]);
    expect(stdout).toMatch(
      /good\.mjs#sack, environment "a knapsack of 4 items": no problems, no warnings\n {2}note {5}64 random trajectories/,
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });
});

describe("a file with mistakes", () => {
  const path = file(
    "broken.mjs",
    `${broken}${good.replace("const environment", "const other")}
export { environment as sack, other };
export const fits = ({ items }) => items.length < 2 || "two are too many";
`,
  );

  it("is told each with promise, state and action, and leaves with 1", async () => {
    const { status, stdout } = await call(["check", `${path}#sack`]);
    expect(stdout).toMatch(/broken\.mjs#sack, environment "a knapsack of 4 items": \d+ problems, no warnings\n/);
    expect(stdout).toMatch(/\n {2}problem {2}parent_count: it is 1 at state \[0\], where is_undoable names 0 actions \(none\)\n/);
    expect(status).toBe(1);
  });

  it("is told as JSON, all exports of it, with the rule that objects must obey", async () => {
    const { status, stdout } = await call(["check", path, "--json", "--constraint", "fits", "--walks", "16"]);
    const { reports, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({ file: path, problems: expect.any(Number), warnings: 0 });
    expect(reports).toMatchObject([
      { export: `${path}#other`, kind: "environment", title: "a knapsack of 4 items" },
      { export: `${path}#sack`, kind: "environment" },
    ]);
    const found = reports[0].problems.find(({ promise }: { promise: string }) => promise === "constraint");
    expect(found).toMatchObject({
      message: expect.stringContaining("(two are too many)"),
      state: [expect.any(Number)],
      action: 4,
      object: { items: expect.any(Array) },
    });
    expect(status).toBe(1);
  });
});

/** A metric as users write it; `value` computes its value from what `create` gets. */
const metricOf = (name: string, value: string) => `
export const ${name} = {
  name: "${name}",
  columns: [{ key: "${name}", label: "${name}", help: "a number" }],
  available: () => ({ available: true, value: true }),
  create: async ({ weights, replicas }) => {
    let calls = 0;
    return { measure: async () => { calls += 1; ${value} }, dispose() {} };
  },
};
`;

describe("a file with metrics", () => {
  const path = file(
    "metrics.mjs",
    [
      metricOf("steady", "return [{ steady: 1 }, { steady: 2 }];"),
      metricOf("restless", "return [{ restless: calls }, { restless: 0 }];"),
      metricOf("unknown", "return [{ unknown: 0 }, { unknown: NaN }];"),
      metricOf(
        "writing",
        "weights.write(new Float32Array(weights.shape.reduce((a, b) => a * b))); return [{ writing: 0 }, { writing: 0 }];",
      ),
    ].join(""),
  );

  it("is told which of them change what they measure", async () => {
    const { status, stdout } = await call(["check", path]);
    expect(stdout).toMatch(/#steady, metric "steady": no problems, no warnings\n {2}note {5}steady of 2 replicas/);
    expect(stdout).toMatch(/#restless, metric "restless": 1 problem, .*\n.*restless of replica 0 is 1, and 2 when the same policy/);
    expect(stdout).toMatch(/#unknown, metric "unknown": no problems, 1 warning\n.*unknown of replica 1 is not a number/);
    expect(stdout).toMatch(/#writing, metric "writing": 1 problem, .*\n.*it writes to the weights of the policy/);
    expect(status).toBe(1);
  });
});

describe("a file with rewards", () => {
  const path = file(
    "rewards.mjs",
    `const sum = ({ items }) => items.reduce((total, item) => total + item, 0);
export const light = (sets) => sets.map((set) => -0.25 * sum(set));
export const slow = async (sets) => { await new Promise((resolve) => setTimeout(resolve, 20)); return light(sets); };
export const restless = (sets) => sets.map(() => Math.random());
export const hanging = () => new Promise(() => {});
export const number = 3;
`,
  );
  const SETS = ["--environment", "sets", "--env.items", "6", "--env.size", "3"];

  it("is told what was measured, for a function and for a promise", async () => {
    const { status, stdout } = await call(["check", `${path}#light`, ...SETS]);
    expect(stdout).toMatch(/#light, reward "light": no problems, no warnings\n/);
    expect(stdout).toMatch(/note {5}\d+ objects of sets of 3 out of 6 items took \S+ ms each in one call, and \S+ ms alone\n/);
    expect(stdout).toMatch(/note {5}log R of all 20 objects is between -3, of \{3, 4, 5\}, and -0.75, of \{0, 1, 2\}\n/);
    expect(status).toBe(0);
    const slow = await call(["check", `${path}#slow`, ...SETS, "--json"]);
    const [{ kind, problems, notes }] = JSON.parse(slow.stdout).reports;
    expect({ kind, problems }).toEqual({ kind: "reward", problems: [] });
    expect(Number(/and (\S+) ms alone/.exec(notes[0])?.[1])).toBeGreaterThan(15);
  });

  it("is told what is wrong, with the object, and leaves with 1", async () => {
    const restless = await call(["check", `${path}#restless`, ...SETS]);
    expect(restless).toMatchObject({ status: 1, stdout: expect.stringMatching(/problem {2}repeatable: log R of \{\d, \d, \d\} is 0/) });
    const hanging = await call(["check", `${path}#hanging`, ...SETS, "--time-limit", "1"]);
    expect(hanging).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/returns: at a batch of \d+ objects from \{.*\} on it does not return within 1 s/),
    });
  });

  it.each([
    [
      ["check", `${path}#light`],
      /throws when it is called without arguments: .*; a function that is a reward needs .* --environment sets$/,
    ],
    [["check", `${path}#number`, ...SETS], /rewards\.mjs#number is no environment, reward, objective/],
    [["check", `${path}#light`, "--env.items", "6"], /--env\.items needs --environment$/],
    [["check", `${path}#light`, "--environment", "stes"], /"stes" is not an environment.*sets/],
    [["check", `${path}#light`, ...SETS, "--objective.beta", "2"], /has no option --objective\.beta/],
  ])("is refused in a sentence: %j", async (args, message) => {
    const { status, stderr } = await call(args);
    expect(stderr.trimEnd()).toMatch(message);
    expect(status).toBe(2);
  });

  it("needs the environment of what hostReward makes, too", async () => {
    // Beside the workspace's packages, where webgfn resolves.
    const own = mkdtempSync(join(process.cwd(), "node_modules/.cache/check-"));
    try {
      const made = join(own, "made.mjs");
      writeFileSync(
        made,
        'import { hostReward } from "webgfn";\nexport default hostReward((sets) => sets.map(() => 1), { name: "flat" });\n',
      );
      expect(await call(["check", made])).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/is a reward, and .*--environment sets/),
      });
      const { status, stdout } = await call(["check", made, ...SETS]);
      expect(stdout).toMatch(/reward "flat": no problems, 1 warning\n {2}warning {2}constant: log R is 1 for all 20 objects/);
      expect(status).toBe(0);
    } finally {
      rmSync(own, { recursive: true });
    }
  });
});

describe("a file that cannot be checked", () => {
  const empty = file("empty.mjs", "export {};\n");
  const throwing = file("throwing.mjs", 'throw new Error("no such data");\n');
  const syntax = file("syntax.mjs", "export const = 3;\n");
  const other = file("other.mjs", 'export const number = 3;\nexport function make() { throw new Error("no size"); }\n');
  const unlinked = file("unlinked.mjs", `${moduleOf(knapsack([["STATE_WORDS, CAPACITY", "CAPACITY"]]))}export { environment };\n`);
  const untyped = file(
    "untyped.mjs",
    `${moduleOf(knapsack([["return select(0.0, 1.0, has(state, k));", "return has(state, k);"]]))}export { environment };\n`,
  );

  it.each<[string, string, RegExp]>([
    ["is missing", join(folder, "nowhere.mjs"), /nowhere\.mjs does not exist$/],
    ["is a folder", folder, /is not a file$/],
    ["exports nothing", empty, /empty\.mjs exports nothing$/],
    ["exports no such name", `${other}#numbr`, /other\.mjs does not export numbr \(did you mean number\?\); it exports make, number$/],
    ["throws when it is imported", throwing, /throwing\.mjs cannot be loaded: no such data$/],
    ["is no JavaScript", syntax, /syntax\.mjs cannot be loaded: /],
    [
      "exports something else",
      `${other}#number`,
      /other\.mjs#number is no environment, reward, objective, policy or metric; make one with defineEnvironment/,
    ],
    ["exports nothing that can be checked", other, /other\.mjs exports no environment, reward, objective, policy or metric; /],
    [
      "exports a function that throws",
      `${other}#make`,
      /other\.mjs#make throws when it is called without arguments: no size; a function that is a reward needs .* --environment sets$/,
    ],
    [
      "lacks an import in its WGSL",
      unlinked,
      /unlinked\.mjs#environment: check\/random_walks\.wgsl does not link: environment\.wgsl:8: unresolved identifier 'STATE_WORDS'; add "import constants::STATE_WORDS;" to environment\.wgsl$/,
    ],
    [
      "has WGSL that does not compile",
      untyped,
      /untyped\.mjs#environment: check\/random_walks\.wgsl does not compile: environment\.wgsl:37: /,
    ],
  ])("because it %s, in one sentence, and leaves with 2", async (_, path, sentence) => {
    const { status, stdout, stderr } = await call(["check", path]);
    expect(stderr).toMatch(/^webgfn: .*\n$/);
    expect(stderr.trimEnd()).toMatch(sentence);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });

  it("because none is given, or the rule is no function", async () => {
    expect(await call(["check"])).toMatchObject({ status: 2, stderr: expect.stringContaining("webgfn check needs the file of a module") });
    const path = file("rule.mjs", `${good}export { environment };\nexport const constraint = 3;\n`);
    expect(await call(["check", path])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("rule.mjs#constraint is not a function"),
    });
  });
});
