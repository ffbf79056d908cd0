/** Files of one's own on the command line: environment, objective, policy, estimator and metric, from training to the report. */
import { createHash } from "node:crypto";
import { appendFileSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { loadSampler } from "webgfn";
import { testDevice } from "../gpu/device.js";
import { call, run, shell, WITHOUT_ADAPTER } from "./run.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Within the workspace's node_modules, where `webgfn` resolves as it does for a user. */
const CACHE = join(ROOT, "node_modules/.cache");
mkdirSync(CACHE, { recursive: true });
const root = mkdtempSync(join(CACHE, "own-files-"));
afterAll(() => rmSync(root, { recursive: true }));

const at = (name: string) => join(root, name);
const file = (name: string, text: string) => {
  writeFileSync(at(name), text);
  return at(name);
};

/** The examples of the documents, and an estimator and a metric beside them. */
for (const example of ["own-environment", "own-objective", "own-policy"]) cpSync(join(ROOT, "docs", example), root, { recursive: true });
file(
  "parts.mjs",
  `import { defineEstimator, defineMetric } from "webgfn";
export const half = defineEstimator({
  name: "half",
  channels: 1,
  wgsl: \`fn coefficient(f: f32, mean: f32, terms: vec2f, scale: f32, batch: f32) -> vec2f {
    return vec2f(0.5 * scale * (terms.x * f + terms.y + f - mean) / batch, 0.0);
  }\`,
  host: (sums) => ({ u: 0.5 / sums.count, s: 0 }),
});
export const four = defineMetric({
  name: "four",
  columns: [{ key: "fours", label: "fours", help: "four" }],
  create: ({ replicas }) => ({ measure: async () => Array.from({ length: 2 }, () => ({ fours: 4 })), dispose() {} }),
});
export const number = 3;
`,
);

const ENVIRONMENT = `${at("ising.mjs")}#ising`;
const OBJECTIVE = `${at("jensen-shannon.mjs")}#jensenShannon`;
const POLICY = `${at("residual.mjs")}#residual`;
const ESTIMATOR = `${at("parts.mjs")}#half`;
const METRIC = `${at("parts.mjs")}#four`;
const READ = ["--environment", ENVIRONMENT, "--policy", POLICY];
const ALL = [...READ, "--objective", OBJECTIVE, "--estimator", ESTIMATOR, "--metric", METRIC];

const settings = `--env.rows 2 --env.columns 2 --objective.log-z 3.1 --policy.width 8 --policy.blocks 1 --batch-size 16 --replicas 2`.split(
  " ",
);
const TRAIN = ["train", ENVIRONMENT, ...settings, ...ALL.slice(2)];
const out = at("run");

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));

let result: Record<string, unknown> & { configuration: Record<string, unknown>; replicas: Record<string, number>[] };
beforeAll(async () => {
  const { status, stdout, stderr } = await run([...TRAIN, "--steps", "20", "--evaluate-every", "10", "--out", out, "--json"]);
  expect([status, stderr.includes("webgfn: ")], stderr).toEqual([0, false]);
  result = JSON.parse(stdout);
});

describe("a run of one's own files", () => {
  it("keeps names, parameters and hashes in its configuration, which the JSON repeats", () => {
    const kept = json(join(out, "config.json"));
    expect(kept).toMatchObject({
      environment: ENVIRONMENT,
      env: { rows: 2, columns: 2 },
      objective: OBJECTIVE,
      objectiveParameters: { logZ: 3.1 },
      alpha: null,
      estimator: ESTIMATOR,
      policy: POLICY,
      policyParameters: { width: 8, blocks: 1 },
      hidden: null,
      metrics: [METRIC],
      files: { [at("ising.mjs")]: sha256(at("ising.mjs")), [at("parts.mjs")]: sha256(at("parts.mjs")) },
    });
    expect(Object.keys(kept.files)).toHaveLength(4);
    expect(result.configuration).toEqual(kept);
    expect(result).toMatchObject({ folder: out, environment: ENVIRONMENT, objective: OBJECTIVE, estimator: ESTIMATOR });
    expect(result.replicas.map(({ fours }) => fours)).toEqual([4, 4]);
  });

  it("is sampled by the command that the refusal prints", async () => {
    const { status, stdout, stderr } = await run(["sample", out, "--count", "3"]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(
      /^webgfn: \S+ was trained with code of one's own \(environment \S+, policy \S+\), which is only loaded where you name its file; run: npx webgfn sample .*\n$/,
    );
    const command = /run: npx webgfn (.*)\n/.exec(stderr)?.[1] as string;
    const pasted = await shell(`"$NODE" "$BIN" ${command} --count 3`);
    expect(pasted.status, pasted.stderr).toBe(0);
    const objects = pasted.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).object.spins);
    expect(objects.map((spins) => spins.length)).toEqual([4, 4, 4]);
  });

  it("is evaluated, reported, and measured by variance", async () => {
    const { status, stdout, stderr } = await run(["evaluate", out, ...READ, "--objective", OBJECTIVE, "--json"]);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout).replicas[0].l1).toBeCloseTo(result.replicas[0]?.["l1"] as number, 6);

    const page = at("page.html");
    const whole = await run(["report", out, ...READ, "--out", page]);
    expect([whole.status, whole.stderr], whole.stderr).toEqual([0, expect.not.stringContaining("webgfn:")]);
    expect(readFileSync(page, "utf8")).toContain("<h2>Ising model of 2 × 2 cells</h2>");
    const [header = "", ...rows] = readFileSync(at("page.csv"), "utf8").trimEnd().split("\r\n");
    for (const column of ["env.rows", "objective.logZ", "policy.width", "fours", "seedFours"]) expect(header.split(",")).toContain(column);
    expect(rows).toHaveLength(2);

    const measured = await run([
      "variance",
      "--from",
      out,
      ...READ,
      "--objective",
      `${OBJECTIVE},renyi`,
      "--objective.log-z",
      "3",
      "--estimator",
      `none,${ESTIMATOR}`,
      "--batches",
      "10",
      "--batch-size",
      "16",
      "--json",
    ]);
    expect(measured.status, measured.stderr).toBe(0);
    expect(JSON.parse(measured.stdout).rows.map(({ objective, estimator }: Record<string, string>) => [objective, estimator])).toEqual([
      ["jensen-shannon", "none"],
      ["jensen-shannon", "half"],
      ["renyi", "none"],
      ["renyi", "half"],
    ]);
  });

  it("is reported without its files, and the note says what is missing", async () => {
    const { status, stderr } = await call(["report", out, "--out", at("bare.html"), "--no-pictures"]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/There are no pictures of .*run: npx webgfn report /);
    expect(readFileSync(at("bare.html"), "utf8")).toContain("<h2>ising</h2>");
  });

  it("is loaded by the API from the objects, not from their paths", async () => {
    const { ising } = (await import(at("ising.mjs"))) as { ising: (parameters: object) => never };
    const { residual } = await import(at("residual.mjs"));
    const bytes = new Uint8Array(readFileSync(join(out, "checkpoint.safetensors")));
    const device = await testDevice();
    await expect(loadSampler(bytes, { environments: { ising }, device })).rejects.toThrow(
      /the policy ".*#residual", which is neither built in nor among those given: none/,
    );
    const sampler = await loadSampler(bytes, { environments: { ising }, policies: { residual }, device });
    const [sample] = await sampler.sample(1);
    expect((sample!.object as unknown as { spins: number[] }).spins).toHaveLength(4);
    sampler.dispose();
  });

  it("goes on with more steps where its files are named, from wherever they lie", async () => {
    const longer = at("longer");
    cpSync(out, longer, { recursive: true });
    const refused = await call(["train", "--resume", longer, "--steps", "30"]);
    expect([refused.status, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/run: npx webgfn train --resume \S+ --environment .* --metric /),
    ]);
    mkdirSync(at("elsewhere"));
    for (const name of ["ising.mjs", "ising.wgsl"]) copyFileSync(at(name), join(root, "elsewhere", name));
    const elsewhere = ALL.map((word) => (word === ENVIRONMENT ? `${at("elsewhere/ising.mjs")}#ising` : word));
    const { status, stdout, stderr } = await run(["train", "--resume", longer, "--steps", "30", ...elsewhere, "--json"]);
    expect(status, stderr).toBe(0);
    expect(stderr).toContain("extended from 20 to 30 steps: the learning rates now fall over 30 steps");
    expect(JSON.parse(stdout)).toMatchObject({ steps: 30, folder: longer });
    expect(json(join(longer, "config.json"))).toEqual({ ...json(join(out, "config.json")), steps: 30 });
  });

  it("is not resumed with a file that has changed, unless that is accepted", async () => {
    const changed = at("changed");
    cpSync(out, changed, { recursive: true });
    const before = readFileSync(at("ising.mjs"));
    appendFileSync(at("ising.mjs"), "// Another line.\n");
    try {
      for (const command of [
        ["train", "--resume", changed, ...ALL],
        ["sample", changed, ...READ],
      ]) {
        const { status, stdout, stderr } = await call(command);
        expect([status, stdout]).toEqual([2, ""]);
        expect(stderr).toMatch(
          /ising\.mjs has changed since \S+ began with it; restore it, start a new run, or go on with the new file by --accept-changed-files\n$/,
        );
      }
      const accepted = await run(["train", "--resume", changed, "--steps", "22", ...ALL, "--accept-changed-files", "--json"]);
      expect(accepted.status, accepted.stderr).toBe(0);
      expect(json(join(changed, "config.json")).files[at("ising.mjs")]).toBe(sha256(at("ising.mjs")));
      expect((await run(["sample", changed, ...READ, "--count", "1"])).status).toBe(0);
    } finally {
      writeFileSync(at("ising.mjs"), before);
    }
  });

  it("is refused another setting, another export, and files in the place of built-in parts", async () => {
    const cases: [string[], RegExp][] = [
      [
        ["train", "--resume", out, ...ALL, "--objective.log-z", "2"],
        /--objective\.log-z cannot be changed with --resume: the run's own value is 3\.1/,
      ],
      [["train", "--resume", out, ...ALL, "--policy.width", "4"], /--policy\.width cannot be changed with --resume/],
      [["train", "--resume", out, ...ALL, "--env.rows", "3"], /--env\.rows cannot be changed with --resume/],
      [["train", "--resume", out, ...ALL, "--metric", ESTIMATOR], /was trained with other metrics, not with .*#half; leave --metric out/],
      [
        ["train", "--resume", out, ...ALL, "--steps", "10"],
        /--steps cannot be changed with --resume: the run's own value is 20; give more steps/,
      ],
      [
        ["sample", out, "--environment", `${at("parts.mjs")}#half`, "--policy", POLICY],
        /was trained with the environment .*#ising, not with .*#half/,
      ],
    ];
    for (const [words, sentence] of cases) {
      const { status, stderr } = await call(words);
      expect(stderr).toMatch(sentence);
      expect(status, stderr).toBe(2);
    }
  });
});

describe("configurations", () => {
  it("that somebody wrote by hand may name files, those of a run are not loaded by themselves", async () => {
    for (const [name, value] of Object.entries(WITHOUT_ADAPTER)) vi.stubEnv(name, value);
    const byHand = file("by-hand.json", JSON.stringify({ environment: ENVIRONMENT, env: { rows: 2, columns: 2 }, objective: OBJECTIVE }));
    // What is wrong with a later setting is only said when the files were loaded.
    expect((await call(["train", "--config", byHand, "--policy", "gin"])).stderr).toContain(
      "which those of Ising model of 2 × 2 cells are not",
    );
    const { status, stderr } = await call(["train", "--config", join(out, "config.json"), "--policy", "gin"]);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/config\.json was trained with code of one's own \(environment /)]);
    vi.unstubAllEnvs();
  });

  it("and checkpoints never run the code that they name", async () => {
    const marker = at("marker");
    const evil = file(
      "evil.mjs",
      `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(marker)}, "");\nexport const it = 1;\n`,
    );
    const folder = at("evil-run");
    cpSync(out, folder, { recursive: true });
    const kept = json(join(out, "config.json"));
    writeFileSync(
      join(folder, "config.json"),
      JSON.stringify({ ...kept, environment: `${evil}#it`, policy: `${evil}#it`, objective: `${evil}#it` }),
    );
    for (const words of [
      ["sample", folder],
      ["evaluate", folder],
      ["report", folder, "--no-pictures"],
      ["train", "--resume", folder],
      ["variance", "--from", folder],
      ["train", "--config", join(folder, "config.json")],
    ]) {
      await call(words);
      expect(existsSync(marker), words.join(" ")).toBe(false);
    }
    // The control: named by the user, it runs.
    expect((await call(["train", `${evil}#it`])).status).toBe(2);
    expect(existsSync(marker)).toBe(true);
  });
});

describe("bad files", () => {
  const broken = file("broken.mjs", "export const it = ;");
  const thrower = file("thrower.mjs", 'throw new Error("no data here");');
  const maker = file(
    "maker.mjs",
    'export const fails = () => { throw new RangeError("too many items"); };\nexport const odd = () => ({ name: "odd" });\n',
  );

  it.each<[string, RegExp]>([
    [`train ${at("nowhere.mjs")}#it`, /nowhere\.mjs does not exist/],
    [`train ${root}/#it`, /is not a file/],
    [`train ${at("ising.mjs")}#isign`, /ising\.mjs does not export isign \(did you mean ising\?\); it exports ising/],
    [`train ${at("parts.mjs")}`, /parts\.mjs exports four, half, number; name one of them/],
    [`train ${broken}#it`, /broken\.mjs cannot be loaded: /],
    [`train ${thrower}#it`, /thrower\.mjs cannot be loaded: no data here/],
    [`train ${maker}#fails`, /maker\.mjs#fails cannot make an environment: too many items/],
    [`train ${maker}#odd`, /what \S+maker\.mjs#odd returns must be an environment, .*not \{"name":"odd"\}/],
    [
      `train ${at("parts.mjs")}#number`,
      /parts\.mjs#number must be an environment, such as defineEnvironment makes, or a function that returns one, not 3/,
    ],
    [`train sets --objective ${POLICY}`, /residual\.mjs#residual must be an objective, such as defineObjective makes/],
    [`train sets --policy ${OBJECTIVE}`, /jensen-shannon\.mjs#jensenShannon must be a policy, such as definePolicy makes/],
    [`train sets --estimator ${METRIC}`, /parts\.mjs#four must be an estimator/],
    [`train sets --metric ${ESTIMATOR}`, /parts\.mjs#half must be a metric/],
    [`train sets --objective ${OBJECTIVE} --objective.beta 2`, /jensen-shannon has no option "beta"; it has logZ/],
    [`train sets --objective ${OBJECTIVE} --alpha 2`, /jensen-shannon has no option "alpha"; it has logZ/],
    [`train sets --policy ${POLICY} --policy.width 3`, /width must be a multiple of four/],
    [`train sets --objective renyi --objective.beta 2`, /renyi has no option "beta"; it has alpha/],
    [`train sets --loss huber`, /renyi has no loss; tb, db, subtb, mdb and fm do/],
    [`train sets --objective tb --loss hubert`, /loss must be square or huber or cosh or linex, not "hubert"/],
    [`variance sets --objective ${at("nowhere.mjs")}#it`, /nowhere\.mjs does not exist/],
    [`sample ${at("plain")} --environment ${ENVIRONMENT}`, /was trained with the environment sets, not with .*; leave --environment out/],
  ])("%s", async (words, sentence) => {
    for (const [name, value] of Object.entries(WITHOUT_ADAPTER)) vi.stubEnv(name, value);
    mkdirSync(at("plain"), { recursive: true });
    file("plain/config.json", '{"environment": "sets"}');
    file("plain/checkpoint.safetensors", readFileSync(join(out, "checkpoint.safetensors"), "latin1"));
    const folder = at("none");
    const { status, stdout, stderr } = await call([...words.split(" "), ...(words.startsWith("train") ? ["--out", folder] : [])]);
    vi.unstubAllEnvs();
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^webgfn: .*\n$/);
    expect([status, stdout]).toEqual([2, ""]);
    expect(existsSync(folder)).toBe(false);
  });
});
