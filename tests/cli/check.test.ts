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
      /other\.mjs#number is no environment, objective, policy or metric; make one with defineEnvironment/,
    ],
    ["exports nothing that can be checked", other, /other\.mjs exports no environment, objective, policy or metric; /],
    ["exports a function that throws", `${other}#make`, /other\.mjs#make throws when it is called without arguments: no size$/],
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
