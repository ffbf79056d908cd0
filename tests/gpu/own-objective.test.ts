/** The tutorial's Jensen–Shannon divergence: its text, and its coefficients beside float64. */
import { readFileSync } from "node:fs";
import { hypergrid } from "@webgfn/envs";
import { defineObjective, estimator, type Objective, objectiveModules } from "@webgfn/objectives";
import { Replicas } from "@webgfn/sampler";
import replica from "@webgfn/shaders/sampler/replica.wgsl";
import adam from "@webgfn/shaders/trainer/adam.wgsl";
import { Program } from "@webgfn/tensor";
import { Trainer } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { mean, mulberry32 } from "../reference/index.js";
import { testDevice } from "./device.js";

const docs = new URL("../../docs/", import.meta.url);
const { jensenShannon } = (await import(new URL("own-objective/jensen-shannon.mjs", docs).href)) as {
  jensenShannon(parameters: { logZ: number }): Objective;
};
const read = (path: string) => readFileSync(new URL(path, docs), "utf8");
/** Few lanes: reductions over many take llvmpipe seconds to compile. */
const SIZES = { BATCH: 13, LANES: 8, HORIZON: 2, ROWS: 2 };
const LOG_Z = 1.25;

async function kernelOf(objective: Objective, learned = false) {
  const device = await testDevice();
  const { root, modules } = objectiveModules(objective, estimator("loo"));
  return device.kernel({
    root,
    modules: { ...modules, "sampler/replica": replica, "trainer/adam": adam },
    constants: { ...objective.constants, ...SIZES },
    conditions: { learned_backward: learned },
  });
}

/** Coefficients and the loss of one batch of (s, b, log R). */
async function reduce(objective: Objective, batch: readonly (readonly [number, number, number])[]) {
  const device = await testDevice();
  const replicas = new Replicas(device, [{ seed: 0, logRewardShift: 0.5 }]);
  const tensors = {
    trajectories: device.tensorFrom(Float32Array.from(batch.flatMap((record) => [...record, 2]))),
    coefficients: device.tensor([SIZES.BATCH, 2]),
    live_rows: device.tensor([SIZES.BATCH * SIZES.ROWS], { dtype: "u32" }),
    outcomes: device.tensor([8]),
    log_z: device.tensor([4]),
    metrics: device.tensor([8]),
  };
  await new Program(device, "objective").add(await kernelOf(objective), { replicas: replicas.tensor, ...tensors }, [1]).run();
  const coefficients = [...(await tensors.coefficients.read())].filter((_, i) => i % 2 === 0);
  const [loss] = (await tensors.metrics.read()) as unknown as [number];
  for (const tensor of Object.values(tensors)) tensor.dispose();
  replicas.dispose();
  return { coefficients, loss };
}

describe("docs/own-objective.md", () => {
  const text = read("own-objective.md");
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, code]) => code);

  it("shows the module in pieces that together are the file, and the programs as they are", () => {
    expect(blocks("wgsl").join("\n")).toBe(read("own-objective/jensen_shannon.wgsl"));
    expect(blocks("js").slice(0, 2)).toEqual([read("own-objective/jensen-shannon.mjs"), read("own-objective/train.mjs")]);
  });
});

describe("the Jensen–Shannon divergence", () => {
  // The last two are far beyond what exp() holds, on either side.
  const random = mulberry32(5);
  const batch = Array.from({ length: SIZES.BATCH }, (_, n) => {
    const logReward = n === 11 ? 200 : n === 12 ? -200 : 2 * random() - 1;
    return [-6 * random(), -3 * random(), logReward].map(Math.fround) as [number, number, number];
  });
  const logWeights = batch.map(([s, b, logR]) => logR + b - s - LOG_Z);
  /** −½ log((1 + w)/2) */
  const f = logWeights.map((l) => -0.5 * (Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l))) - Math.LN2));

  it("has the coefficients (f − f̄)/(N − 1) and the loss 2 f̄", async () => {
    const { coefficients, loss } = await reduce(jensenShannon({ logZ: LOG_Z }), batch);
    coefficients.forEach((c, n) => {
      expect(c).toBeCloseTo((f[n]! - mean(f)) / (SIZES.BATCH - 1), 5);
    });
    expect(loss).toBeCloseTo(2 * mean(f), 4);
  });

  it("has the gradient of the divergence itself: φ(w) − w φ′(w), by differences", () => {
    const phi = (w: number) => 0.5 * (w * Math.log(w) - (1 + w) * Math.log((1 + w) / 2));
    logWeights.slice(0, 11).forEach((l, n) => {
      const w = Math.exp(l);
      const slope = (phi(w * (1 + 1e-6)) - phi(w * (1 - 1e-6))) / (2e-6 * w);
      expect(f[n]!).toBeCloseTo(phi(w) - w * slope, 6);
    });
  });

  it("says that it lacks backward_term where p_B is learned", async () => {
    await expect(kernelOf(jensenShannon({ logZ: LOG_Z }), true)).rejects.toMatchObject({
      code: "shader",
      message: expect.stringMatching(/^objectives\/divergence\.wgsl .*backward_term/),
    });
  });

  it("refuses a constant that is a size of the kernels", async () => {
    const { shader } = jensenShannon({ logZ: LOG_Z });
    const objective = defineObjective({ name: "greedy", shader, constants: { LOG_Z, BATCH: 3 } });
    await expect(Trainer.create(await testDevice(), { environment: hypergrid(), objective })).rejects.toMatchObject({
      code: "argument",
      message: "greedy's constant BATCH has the name of a size of the kernels",
    });
  });

  it("names the line of a mistake in the module", async () => {
    const { shader } = jensenShannon({ logZ: LOG_Z });
    const wrong = defineObjective({
      name: "wrong",
      shader: shader.replace("return 2.0 * means.x;", "return means;"),
      constants: { LOG_Z },
    });
    const line = shader.slice(0, shader.indexOf("return 2.0")).split("\n").length;
    await expect(kernelOf(wrong)).rejects.toMatchObject({
      code: "shader",
      message: expect.stringMatching(new RegExp(`^objectives/divergence\\.wgsl does not compile: objective\\.wgsl:${line}: `)),
    });
  });
});
