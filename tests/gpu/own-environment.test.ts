/** The tutorial's environment, from the very files that it shows: trained, checked, and broken in the ways that it warns of. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkEnvironment } from "@webgfn/check";
import { defineEnvironment, type Environment } from "@webgfn/envs";
import { makeObjective } from "@webgfn/objectives";
import {
  l1,
  logSumExp,
  logZ,
  type ReferenceEnvironment,
  targetDistribution,
  terminalStates,
  terminatingDistribution,
} from "@webgfn/reference";
import { mlp, Sampler } from "@webgfn/sampler";
import { fitPolicy, initialWeights, Replicas, weightsTensor } from "@webgfn/sampler/internal";
import { enumerateObjects, fullEvaluation, Trainer } from "@webgfn/trainer";
import { ExactEvaluator } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { enumerated, walkBeside } from "./environment-walk.js";
import { oracleMlp } from "./helpers.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 600_000 });

const docs = new URL("../../docs/", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, docs), "utf8");

interface IsingParameters {
  rows?: number;
  columns?: number;
  coupling?: number;
  field?: number;
}
const { ising } = (await import(new URL("own-environment/ising.mjs", docs).href)) as { ising(parameters?: IsingParameters): Environment };

/** A cell is undecided (0), down (−1) or up (1). */
type Cells = number[];

/** The Ising model once more, in float64 and from its definition: pairs of cells at distance 1. */
function reference({ rows = 3, columns = 3, coupling = 0.4, field = 0.1 }: IsingParameters): ReferenceEnvironment<Cells> {
  const cells = rows * columns;
  const place = (cell: number) => [Math.floor(cell / columns), cell % columns] as const;
  const areNeighbours = (a: number, b: number) => {
    const [[y1, x1], [y2, x2]] = [place(a), place(b)];
    return Math.abs(y1 - y2) + Math.abs(x1 - x2) === 1;
  };
  const set = (state: Cells, cell: number, value: number) => state.map((s, i) => (i === cell ? value : s));
  return {
    name: "ising",
    actions: 2 * cells,
    features: 2 * cells,
    horizon: cells,
    initial: () => Array<number>(cells).fill(0),
    isTerminal: (state) => !state.includes(0),
    allowed: (state) => state.flatMap((s) => [s === 0, s === 0]),
    apply: (state, action) => set(state, Math.floor(action / 2), action % 2 === 0 ? -1 : 1),
    parents: (state) => state.flatMap((s, cell) => (s === 0 ? [] : [{ state: set(state, cell, 0), action: 2 * cell + (s === 1 ? 1 : 0) }])),
    featuresOf: (state) => state.flatMap((s) => [s === -1 ? 1 : 0, s === 1 ? 1 : 0]),
    logReward: (state) =>
      state.reduce((sum, s, a) => {
        const below = state.filter((_, b) => b < a && areNeighbours(a, b));
        return sum + field * s + coupling * s * below.reduce((total, t) => total + t, 0);
      }, 0),
    key: (state) => state.join(","),
  };
}

const spins = (state: Cells) => ({ spins: state.map((s) => (s === 1 ? 1 : -1)) });

describe("the tutorial", () => {
  const text = read("own-environment.md");
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, code]) => code);

  it("shows the module in pieces that together are the file", () => {
    expect(blocks("wgsl").join("\n")).toBe(read("own-environment/ising.wgsl"));
  });

  it("shows the descriptor and the training program as they are", () => {
    expect(blocks("js").slice(0, 2)).toEqual([read("own-environment/ising.mjs"), read("own-environment/train.mjs")]);
  });

  it("needs fewer than 100 lines for the environment", () => {
    const lines = (path: string) => read(path).trimEnd().split("\n").length;
    expect(lines("own-environment/ising.wgsl") + lines("own-environment/ising.mjs")).toBeLessThan(100);
  });

  it("is linked from the README", () => {
    expect(readFileSync(new URL("../README.md", docs), "utf8").includes("](docs/own-environment.md)")).toBe(true);
  });
});

describe("the Ising model", () => {
  it.each<IsingParameters>([
    {},
    { rows: 1, columns: 1 },
    { rows: 2, columns: 3, coupling: -0.7, field: 0.3 },
    { rows: 3, columns: 2, coupling: 0.9, field: 0 },
    { rows: 1, columns: 5, field: -1 },
    { rows: 4, columns: 4 },
  ])("walks beside its oracle: %o", async (parameters) => {
    const environment = ising(parameters);
    const lengths = await walkBeside({ environment, reference: reference(parameters), object: spins, rounding: 1e-6 }, 24);
    expect(new Set(lengths)).toEqual(new Set([environment.horizon]));
  });

  it("keeps every promise that a check looks at", async () => {
    const { problems, warnings, notes } = await checkEnvironment(await testDevice(), ising());
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    for (const note of notes) expect(read("own-environment.md")).toContain(`  note     ${note}\n`);
  });

  it("lists its 3^9 states", async () => {
    const { open, terminal } = await enumerated(ising());
    // C(9, k) 2^k
    expect(open).toEqual([1, 18, 144, 672, 2016, 4032, 5376, 4608, 2304, 0]);
    expect(terminal).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 512]);
  });

  it.each<IsingParameters>([{}, { rows: 2, columns: 3, coupling: -0.7, field: 0.3 }])("knows log Z: %o", ({ ...parameters }) => {
    expect(ising(parameters).exactLogZ).toEqual({ available: true, value: expect.closeTo(logZ(reference(parameters)), 10) });
  });

  it("learns its target, as the tutorial's program says", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL("own-environment/train.mjs", docs))]);
    const lines = stdout.trim().split("\n");
    expect(lines[0]).toBe(`exact log Z ${logZ(reference({})).toFixed(3)}`);
    const steps = [...stdout.matchAll(/^step (\d+) {2}L1 (\d\.\d{3}) {2}log Z (\d\.\d{3})$/gm)].map((match) => match.slice(1).map(Number));
    expect(steps.map(([step]) => step)).toEqual([0, 100, 200, 300, 400, 500]);
    expect(steps[0]![1]).toBeGreaterThan(1);
    expect(steps.at(-1)![1]).toBeLessThan(0.1);
    expect(Math.abs(steps.at(-1)![2]! - logZ(reference({})))).toBeLessThan(0.02);
    const samples = lines.slice(7).map((line) => line.split(" ").map(Number));
    expect(samples).toHaveLength(3);
    for (const sample of samples) expect(sample.at(-1)).toBeCloseTo(reference({}).logReward(sample.slice(0, -1)), 3);
  });
});

describe("a smaller one, 2 × 3,", () => {
  const parameters = { rows: 2, columns: 3, coupling: 0.5, field: -0.2 };
  const oracle = reference(parameters);
  const policy = mlp({ hidden: [16, 16] });

  it("ends with the p_T that the oracle works out from its weights, near R/Z", async () => {
    const environment = ising(parameters);
    const device = await testDevice();
    const trainer = await Trainer.create(device, {
      environment,
      policy,
      objective: makeObjective("renyi"),
      steps: 400,
      learningRate: 1e-2,
    });
    await trainer.train(400);
    const { l1: measured } = await trainer.evaluate();
    const [weights] = await trainer.weights();
    const expected = terminatingDistribution(oracle, oracleMlp(weights!));
    const masses = await trainer.exact!.probabilities(0);
    const objects = await enumerateObjects(device, environment);
    expect(objects).toHaveLength(64);
    for (const { object, index, logReward } of objects) {
      const cells = (object as { spins: number[] }).spins;
      expect(logReward).toBeCloseTo(oracle.logReward(cells), 5);
      expect(masses[index]).toBeCloseTo(expected.get(oracle.key(cells))!, 5);
    }
    expect(measured).toBeCloseTo(l1(expected, targetDistribution(oracle)), 4);
    expect(measured).toBeLessThan(0.1);

    // Nothing says what its modes are or how to draw from the target; the report makes do.
    const report = await fullEvaluation(trainer, { objects: 256 });
    expect(report.heldOut).toBe("policy");
    expect(report.modeThreshold).toBeCloseTo(Math.max(...terminalStates(oracle).map((state) => oracle.logReward(state))) - Math.LN2, 4);
    expect(report.replicas[0]!.pearson).toBeGreaterThan(0.99);
    trainer.dispose();
  });

  /** The same with the module's text changed. */
  function broken(from: string, to: string): Environment {
    const { shader, ...rest } = ising(parameters);
    expect(shader).toContain(from);
    return defineEnvironment({ ...rest, shader: shader.replaceAll(from, to) });
  }
  const untrained = (environment: Environment) => initialWeights(fitPolicy(policy, environment), 0);

  /** log of the mean of R p_B / p_F, the importance estimate of log Z. */
  async function estimatedLogZ(environment: Environment): Promise<number> {
    const sampler = await Sampler.create(await testDevice(), { environment, policy, weights: untrained(environment), batchSize: 4096 });
    const samples = await sampler.sample(65_536);
    sampler.dispose();
    return (
      logSumExp(samples.map(({ logReward, logBackward, logForward }) => logReward + logBackward - logForward)) - Math.log(samples.length)
    );
  }

  it("shows a wrong parent_count in log Z, by log 6! where p_B is left out", async () => {
    expect(await estimatedLogZ(ising(parameters))).toBeCloseTo(logZ(oracle), 1);
    const wrong = broken(
      "fn parent_count(state: State) -> u32 { return countOneBits(state[0]); }",
      "fn parent_count(state: State) -> u32 { return 1u; }",
    );
    expect(await estimatedLogZ(wrong)).toBeCloseTo(logZ(oracle) + Math.log(720), 1);
  });

  it.each<[string, string, string, string]>([
    [
      "level",
      "fn level(state: State) -> u32 { return countOneBits(state[0]); }",
      "fn level(state: State) -> u32 { return 1u + countOneBits(state[0]); }",
      "0.000",
    ],
    ["undo", "return State(state[0] & ~(1u << action));", "return state;", "0.000"],
    ["state_index", "index = 3u * index", "index = 2u * index", "[^1].*"],
  ])("shows a wrong %s in the sum of the probabilities", async (_, from, to, sum) => {
    const environment = broken(from, to);
    const device = await testDevice();
    const net = fitPolicy(policy, environment);
    const weights = weightsTensor(device, net, [untrained(environment)]);
    const replicas = new Replicas(device, [{ seed: 0 }]);
    const data = device.tensorFrom(environment.data);
    const evaluator = await ExactEvaluator.create({ device, environment, network: net, weights, data, replicas });
    await expect(evaluator.measure()).rejects.toThrow(
      new RegExp(`^Ising model of 2 × 3 cells: the probabilities of all objects sum to ${sum} instead of 1$`),
    );
    evaluator.dispose();
    for (const owned of [weights, data, replicas]) owned.dispose();
  });

  it.each<[string, (environment: Environment) => Environment]>([
    ["a horizon too small", (environment) => ({ ...environment, horizon: 5 })],
    ["a trajectory that never ends", () => broken("countOneBits(state[0]) == CELLS", "countOneBits(state[0]) == 0u")],
  ])("says so on the first batch: %s", async (_, change) => {
    const environment = change(ising(parameters));
    const made = Trainer.create(await testDevice(), { environment, policy, objective: makeObjective("renyi"), batchSize: 16 });
    await expect(made).rejects.toMatchObject({
      code: "numbers",
      message: "Ising model of 2 × 3 cells: log R of a sampled object is -Infinity, not a finite number",
      fix: `check log_reward, and that every trajectory ends within its horizon of ${environment.horizon} actions`,
    });
  });

  it("needs no data where its module reads none", async () => {
    const environment = broken("environment_data[0]", "0.5");
    const constant = defineEnvironment({
      ...environment,
      shader: environment.shader.replaceAll("environment_data[1]", "-0.2").replace(/^@group.*$/m, ""),
      data: new Float32Array(0),
    });
    expect(await estimatedLogZ(constant)).toBeCloseTo(logZ(oracle), 1);
    const objects = await enumerateObjects(await testDevice(), constant);
    expect(logSumExp(objects.map(({ logReward }) => logReward))).toBeCloseTo(logZ(oracle), 5);
  });
});
