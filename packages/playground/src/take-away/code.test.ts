import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environmentNames } from "@webgfn/envs";
import { objectiveNames, objectives } from "@webgfn/objectives";
import { trainerOptions } from "@webgfn/runs";
import type { TrainerOptions } from "@webgfn/trainer";
import { chosenEstimator, TRAINER_PARAMETERS } from "@webgfn/trainer/internal";
import ts from "typescript";
import { afterAll, describe, expect, it } from "vitest";
import * as webgfn from "webgfn";
import { newConfiguration, parseArguments, train } from "webgfn/internal";
import { type Choice, configurationOf, DEFAULTS, OBJECTIVES, parametersOf, type Settings } from "../settings.js";
import { commandLine, program } from "./code.js";

const TB: Choice = { objective: "tb", parameters: {}, estimator: null };
const ALIGNMENT = ">a b\nACGT\n>c\nACGA\n>d\nAAGA\n";
const CASES: { title: string; settings: Settings; choice: Choice }[] = [
  ...environmentNames.map((environment) => ({
    title: environment,
    settings: { ...DEFAULTS, environment, env: parametersOf(environment) },
    choice: DEFAULTS.choices[0] as Choice,
  })),
  ...Object.keys(OBJECTIVES).map((objective) => ({
    title: objective,
    settings: { ...DEFAULTS, environment: "hypergrid", env: { side: 6 }, seed: 3, width: 9 },
    choice: { objective, parameters: {}, estimator: objectives[objective]?.family === "divergence" ? "loo" : null },
  })),
  {
    title: "parameters of an objective",
    settings: { ...DEFAULTS, environment: "sets", env: { items: 5, size: 2, scores: [-1, 0.5, 2, 0, 1] } },
    choice: { objective: "db", parameters: { loss: "linex", skew: -0.5 }, estimator: null },
  },
  { title: "one point", settings: { ...DEFAULTS, environment: "gaussian-mixture", env: { means: [[-0.5, 1]], weights: [2] } }, choice: TB },
  {
    title: "points",
    settings: {
      ...DEFAULTS,
      environment: "gaussian-mixture",
      env: {
        means: [
          [-0.5, 1],
          [1, 2],
        ],
        weights: [2, 1],
      },
    },
    choice: TB,
  },
  {
    title: "a file",
    settings: { ...DEFAULTS, environment: "phylogenetics", env: { alignment: { name: "my data.fasta", text: ALIGNMENT } } },
    choice: TB,
  },
];

/** What the command line makes of a command that a shell has taken apart in this folder. */
async function configurationIn(command: string, folder: string): Promise<Record<string, unknown>> {
  const { stdout } = spawnSync("sh", ["-c", `printf '%s\\0' ${command}`], { encoding: "utf8" });
  const [npx, webgfn, name, ...words] = stdout.split("\0").slice(0, -1);
  expect([npx, webgfn, name]).toEqual(["npx", "webgfn", "train"]);
  const before = process.cwd();
  process.chdir(folder);
  try {
    return { ...(await newConfiguration(parseArguments(train, words), words)).configuration };
  } finally {
    process.chdir(before);
  }
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ["@webgpu/types"],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
};

/** What the compiler says of files that exist in memory alone. */
function complaints(sources: ReadonlyMap<string, string>): string[] {
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (path) => sources.has(path) || fileExists.call(host, path);
  host.getSourceFile = (path, ...more) => {
    const text = sources.get(path);
    return text === undefined ? getSourceFile.call(host, path, ...more) : ts.createSourceFile(path, text, more[0]);
  };
  return ts
    .getPreEmitDiagnostics(ts.createProgram([...sources.keys()], OPTIONS, host))
    .map(({ file, messageText }) => `${ts.flattenDiagnosticMessageText(messageText, "\n")}\n${file?.text}`);
}

describe("the command line", () => {
  const folder = mkdtempSync(join(tmpdir(), "webgfn-take-away-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(CASES)("of $title has the page's configuration", async ({ settings, choice }) => {
    const { command, files } = commandLine(settings, choice, 77);
    for (const { name, text } of files) writeFileSync(join(folder, name), text);
    const { environment, env, ...wanted } = configurationOf(settings, choice);
    const found = await configurationIn(command, folder);
    const timing = { steps: 77, evaluateEvery: found["evaluateEvery"], checkpointEvery: found["checkpointEvery"] };
    const renamed = (parameters: object) => JSON.parse(JSON.stringify(parameters).replace("my data.fasta", "my-data.fasta"));
    expect(found).toEqual({ environment, env: renamed(env), ...wanted, ...timing });
  });

  it("quotes for a shell, and writes the reward into a file", () => {
    const settings = { ...DEFAULTS, environment: "sets", env: { items: 4, size: 2 }, reward: "items.length // it's", beta: 2 };
    const { command, files } = commandLine(settings, TB, 10);
    expect(command).toContain("--reward ./reward.mjs#reward --beta 2 --out runs/sets-tb");
    expect(files).toEqual([
      { name: "reward.mjs", text: "export const reward = (objects) => objects.map(({ items }) => (items.length // it's\n));\n" },
    ]);
  });
});

/** What a program gives to Trainer.create, without a device. */
async function optionsIn(code: string): Promise<Record<string, unknown>> {
  let given: Record<string, unknown> = {};
  const trainer = { train: async () => undefined, evaluate: async () => undefined };
  const stubs = {
    openDevice: async () => ({ dispose: () => undefined }),
    Trainer: {
      create: async (_: unknown, options: Record<string, unknown>) => {
        given = options;
        return trainer;
      },
    },
    console: { log: () => undefined },
  };
  const [, names = "", body = ""] = /^import \{ (.*) \} from "webgfn";\n([\s\S]*)$/.exec(code) ?? [];
  const known: Record<string, unknown> = { ...webgfn, ...stubs };
  const parameters = [...names.split(", "), "console"];
  const run = new Function(...parameters, `return (async () => {${body}})();`) as (...values: unknown[]) => Promise<void>;
  await run(...parameters.map((name) => known[name]));
  return given;
}

describe("the program", () => {
  it.each(CASES)("of $title gives the trainer what the page does", async ({ settings, choice }) => {
    const { environment, objective, policy, ...found } = (await optionsIn(program(settings, choice, 77))) as unknown as TrainerOptions;
    const wanted = trainerOptions(configurationOf(settings, choice));
    expect(environment.title).toBe(wanted.environment.title);
    expect(environment.parameters).toEqual(wanted.environment.parameters);
    expect([objective.name, objective.parameters]).toEqual([wanted.objective.name, wanted.objective.parameters]);
    expect([policy?.name, policy?.parameters]).toEqual([wanted.policy?.name, wanted.policy?.parameters]);
    const defaults = Object.fromEntries(Object.entries(TRAINER_PARAMETERS).map(([name, { value }]) => [name, value]));
    const { environment: _, objective: __, policy: ___, ...rest } = wanted;
    const estimator = chosenEstimator(objective, found.estimator, { learned: false, offPolicy: false }).name;
    expect({ ...defaults, ...found, estimator }).toEqual({ ...defaults, ...rest, steps: 77 });
  });

  it("compiles for every environment, objective and reward", () => {
    const rewarded = { ...DEFAULTS, environment: "hypergrid", env: { side: 4 }, reward: "-(coordinates[0] ?? 0)", beta: 0.5 };
    const all = [...CASES, { title: "a reward", settings: rewarded, choice: TB }];
    const sources = new Map(
      all.map(({ settings, choice }, n) => [join(import.meta.dirname, `program-${n}.mts`), program(settings, choice, 10)]),
    );
    expect(complaints(sources)).toEqual([]);
    const wrong = new Map([[join(import.meta.dirname, "wrong.mts"), 'import { mlp } from "webgfn";\nmlp({ hiden: [1] });\n']]);
    expect(complaints(wrong)).toHaveLength(1);
  });

  it("is short and plain", () => {
    const settings = { ...DEFAULTS, environment: "hypergrid", env: { dimensions: 2, side: 8, r0: 0.001, r1: 0.5, r2: 2 }, seed: 2 };
    expect(
      program(settings, settings.choices[1] as Choice, 500),
    ).toBe(`import { hypergrid, makeObjective, mlp, openDevice, Trainer } from "webgfn";

const device = await openDevice();
const trainer = await Trainer.create(device, {
  environment: hypergrid({ side: 8 }),
  objective: makeObjective("renyi", { alpha: 0.5 }),
  policy: mlp({ hidden: [32, 32] }),
  steps: 500,
  learningRate: 0.003,
  decayPower: 0,
  logZDecayPower: 0,
  seed: 2,
});
await trainer.train(500);
console.log(await trainer.evaluate());
device.dispose();
`);
  });

  it("and the command line, run, learn the same, with a reward of one's own", async () => {
    const reward = "-Math.abs((coordinates[0] ?? 0) - 2) // the middle";
    const settings = { ...DEFAULTS, environment: "hypergrid", env: { side: 4 }, reward, beta: 2, width: 8, batchSize: 16, seed: 5 };
    const choice = settings.choices[0] as Choice;
    const folder = mkdtempSync(join(import.meta.dirname, "program-"));
    try {
      const { command, files } = commandLine(settings, choice, 3);
      for (const { name, text } of files) writeFileSync(join(folder, name), text);
      const code = program(settings, choice, 3).replace(
        "console.log(await trainer.evaluate())",
        "console.log(JSON.stringify(await trainer.evaluate()))",
      );
      writeFileSync(join(folder, "program.mjs"), code);
      const printed = spawnSync(process.execPath, ["program.mjs"], { cwd: folder, encoding: "utf8" });
      const bin = fileURLToPath(import.meta.resolve("webgfn/package.json")).replace("package.json", "dist/bin.js");
      const line = command.replace("npx webgfn", `"${process.execPath}" "${bin}"`);
      const trained = spawnSync("sh", ["-c", `${line} --json`], { cwd: folder, encoding: "utf8" });
      const [{ l1: found }] = JSON.parse(printed.stdout).replicas;
      const [{ l1: wanted }] = JSON.parse(trained.stdout).replicas;
      expect(found).toBeGreaterThan(0.1);
      expect(found).toBe(wanted);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it("every objective of the library is one of the page's, but flow matching, and the one that needs data", () => {
  expect(objectiveNames.filter((name) => !(name in OBJECTIVES))).toEqual(["fm", "maximum-likelihood"]);
});
