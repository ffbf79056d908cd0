/** The tutorial's Jensen–Shannon divergence: its text, and its coefficients beside float64. */
import { readFileSync } from "node:fs";
import { hypergrid } from "@webgfn/envs";
import { type Divergence, defineObjective, findEstimator } from "@webgfn/objectives";
import { numbersOf, objectiveKernel } from "@webgfn/objectives/internal";
import { mean, mulberry32 } from "@webgfn/reference";
import { mlp } from "@webgfn/sampler";
import { Replicas } from "@webgfn/sampler/internal";
import { Program } from "@webgfn/tensor";
import { gradientVariance } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";

const docs = new URL("../../docs/", import.meta.url);
const { jensenShannon } = (await import(new URL("own-objective/jensen-shannon.mjs", docs).href)) as {
  jensenShannon: Divergence;
};
const read = (path: string) => readFileSync(new URL(path, docs), "utf8");
/** Few lanes: reductions over many take llvmpipe seconds to compile. */
const SIZES = { BATCH: 13, LANES: 8, HORIZON: 2, ROWS: 2 };
const LOG_Z = 1.25;

async function kernelOf(objective: Divergence, learned = false) {
  const device = await testDevice();
  const kernel = objectiveKernel(objective, findEstimator("loo"));
  return device.kernel({ ...kernel, constants: SIZES, conditions: { ...kernel.conditions, learned_backward: learned } });
}

/** Coefficients and the loss of one batch of (s, b, log R). */
async function reduce(objective: Divergence, batch: readonly (readonly [number, number, number])[]) {
  const device = await testDevice();
  const replicas = new Replicas(device, [{ seed: 0, parameters: numbersOf(objective), logRewardShift: 0.5 }]);
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
    const { coefficients, loss } = await reduce(jensenShannon.with({ logZ: LOG_Z }), batch);
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
    await expect(kernelOf(jensenShannon.with({ logZ: LOG_Z }), true)).rejects.toMatchObject({
      code: "shader",
      message: expect.stringMatching(/^objectives\/divergence\.wgsl .*backward_term/),
    });
  });

  it("is measured by `variance` and exact gradients like a built-in one", async () => {
    const environment = hypergrid({ side: 3, r0: 0.1 });
    const objectives = [jensenShannon.with({ logZ: environment.exactLogZ.available ? environment.exactLogZ.value : 0 })];
    const options = { environment, policy: mlp({ hidden: [4] }), objectives, estimators: ["loo"], batchSizes: [256], batches: 100 };
    const { rows, exactUnavailable } = await gradientVariance(await testDevice(), options);
    expect(exactUnavailable).toBeUndefined();
    const [row] = rows;
    expect(row!.exactNorm).toBeGreaterThan(1e-3);
    // loo is unbiased: the mean of all batches is as near to the exact gradient as its variance allows.
    expect(row!.bias! / row!.biasError!).toBeLessThan(2);
    expect(row!.exactCosine).toBeGreaterThan(0.8);
  });

  it("keeps its parameter in its declaration", () => {
    expect(jensenShannon.parameters.logZ!.value).toBe(0);
    expect(jensenShannon.with({ logZ: 2 }).parameters.logZ!.value).toBe(2);
    expect(() => jensenShannon.with({ logZ: "2" })).toThrow('logZ must be a finite number, not "2"');
    expect(() => jensenShannon.with({ log: 2 })).toThrow('jensen-shannon has no option "log" (did you mean logZ?); it has logZ');
  });

  it("names the line of a mistake in the module", async () => {
    const wgsl = read("own-objective/jensen_shannon.wgsl");
    const { logZ } = jensenShannon.parameters;
    const wrong = defineObjective({
      name: "wrong",
      wgsl: wgsl.replace("return 2.0 * means.x;", "return means;"),
      parameters: { logZ: logZ! },
    });
    const line = wgsl.slice(0, wgsl.indexOf("return 2.0")).split("\n").length;
    await expect(kernelOf(wrong)).rejects.toMatchObject({
      code: "shader",
      message: expect.stringMatching(new RegExp(`^objectives/divergence\\.wgsl does not compile: objective\\.wgsl:${line}: `)),
    });
  });
});
