import type { Environment } from "@webgfn/envs";
import { estimator, type Objective } from "@webgfn/objectives";
import { disposeBuffers, type LinearWeights, type Network, packWeights, Replicas } from "@webgfn/sampler";
import unitCoefficients from "@webgfn/shaders/trainer/variance/unit_coefficients.wgsl";
import { type Device, orFree, Program, WebgfnError } from "@webgfn/tensor";
import { requireFit } from "../limits.js";
import { recordStep } from "../step.js";
import { type StepBuffers, stepBuffers } from "../step-buffers.js";

/** A batch of N trajectories with the score of each. */
export interface ScoredBatch {
  /** `[N]`: s = log p_F(τ) */
  logForward: Float64Array;
  /** `[N]`: b = log p_B(τ | x) */
  logBackward: Float64Array;
  /** `[N]`: log R(x) */
  logReward: Float64Array;
  /** `[N, parameters]`: ∇s, row by row in the GPU's layout of the parameters, whose padding is zero. */
  scores: Float32Array;
}

export interface ScoreSamplerOptions {
  environment: Environment;
  network: Network;
  weights: readonly LinearWeights[];
  batchSize: number;
  /** Key of the random numbers. */
  seed: number;
  /** Counter of the first batch in the random numbers; the batches after it count on. */
  firstBatch: number;
}

/** A step's "objective" whose gradient is Σ ∇s. */
const SUM_OF_SCORES: Objective = {
  name: "sum-of-scores",
  family: "balance",
  shader: unitCoefficients,
  defaultEstimator: "none",
  constant: "reward",
  learnsLogZ: false,
};

/**
 * Samples batches from a policy whose weights stay as they are, with the per-sample scores ∇s_n: the kernels of a training
 * step but for the update, with unit coefficients and one part of the gradient per trajectory.
 */
export class ScoreSampler {
  /** The tensors behind a batch, for tests and tools that look inside. */
  readonly buffers: StepBuffers;
  readonly #options: ScoreSamplerOptions;
  readonly #program: Program;

  private constructor(options: ScoreSamplerOptions, buffers: StepBuffers, program: Program) {
    this.#options = options;
    this.buffers = buffers;
    this.#program = program;
  }

  /** @throws WebgfnError `limit` where the scores of a batch are more than the adapter can bind, with the largest batch that fits. */
  static async create(device: Device, options: ScoreSamplerOptions): Promise<ScoreSampler> {
    const { environment, network, weights, batchSize, seed, firstBatch } = options;
    const plain = estimator("none");
    const plan = { environment, network, objective: SUM_OF_SCORES, estimator: plain, batch: batchSize, replicas: 1, parts: batchSize };
    requireFit(device, plan);
    const shape = { ...plan, replicas: new Replicas(device, [{ seed, step: firstBatch }]) };
    const buffers = stepBuffers(device, shape);
    buffers.weights.write(packWeights(network, weights));
    const { rollout, gradient } = await orFree(recordStep(device, shape, buffers), () => disposeBuffers(buffers));
    return new ScoreSampler(options, buffers, new Program(device, "scores").append(rollout).append(gradient));
  }

  /**
   * The next batch.
   *
   * @throws WebgfnError `numbers` where log R of a sampled object is not finite.
   */
  async next(): Promise<ScoredBatch> {
    const { batchSize, environment } = this.#options;
    await this.#program.run();
    const { trajectories, partials } = this.buffers;
    const [records, scores] = (await Promise.all([trajectories.read(), partials.read()])) as [Float32Array, Float32Array];
    const column = (c: number) => Float64Array.from({ length: batchSize }, (_, n) => records[4 * n + c] as number);
    const logReward = column(2);
    const wrong = logReward.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) {
      throw new WebgfnError("numbers", `${environment.title}: log R of a sampled object is ${wrong}, not a finite number`);
    }
    return { logForward: column(0), logBackward: column(1), logReward, scores };
  }

  dispose(): void {
    disposeBuffers(this.buffers);
  }
}
