import type { Environment } from "@webgfn/envs";
import { type BalanceLoss, estimators } from "@webgfn/objectives";
import type { LinearWeights, Network } from "@webgfn/sampler";
import { disposeBuffers, packWeights, Replicas, type TrajectoryColumns, trajectoryColumns } from "@webgfn/sampler/internal";
import unitCoefficients from "@webgfn/shaders/trainer/variance/unit_coefficients.wgsl";
import { type Device, Program, WebgfnError } from "@webgfn/tensor";
import { orFree } from "@webgfn/tensor/internal";
import { requireFit } from "../limits.js";
import { recordStep } from "../step.js";
import { stepBuffers } from "../step-buffers.js";
import type { StepBuffers, StepShape } from "../step-shape.js";

/** A batch of N trajectories with the score of each. */
export interface ScoredBatch extends Omit<TrajectoryColumns, "length"> {
  /** `[N, parameters]`: ∇s, or another harness's gradients, one row per trajectory. Parameters have the GPU's layout, with zeros as padding. */
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
  /** The WGSL module `package::harness`, which writes the coefficients of the outputs. Default: 1 to log p_F, so that gradients are ∇s. */
  harness?: string;
}

/** An objective for a step that consists of a harness only: it needs neither a residual nor a loss. */
function sumOfScores(harness: string, { head }: Network): BalanceLoss {
  const sum: BalanceLoss = {
    name: "sum-of-scores",
    family: "balance",
    parameters: {},
    sampling: "any",
    learns: head.flow ? ["flow"] : [],
    constant: "reward",
    residual: head.flow ? "transition" : "trajectory",
    harness,
    wgsl: "",
    loss: "",
    with: () => sum,
  };
  return sum;
}

/**
 * Samples batches from a policy with fixed weights, with the per-sample scores ∇s_n. It runs the kernels of a training step except the
 * update, with unit coefficients and one part of the gradient per trajectory.
 */
export class ScoreSampler {
  /** The tensors behind a batch, for tests and tools that look inside. */
  readonly buffers: StepBuffers;
  readonly shape: StepShape;
  readonly #options: ScoreSamplerOptions;
  readonly #program: Program;
  #batches = 0;

  private constructor(options: ScoreSamplerOptions, shape: StepShape, buffers: StepBuffers, program: Program) {
    this.#options = options;
    this.shape = shape;
    this.buffers = buffers;
    this.#program = program;
  }

  /** @throws WebgfnError `limit` if the scores of a batch exceed what the adapter can bind, with the largest batch that fits. */
  static async create(device: Device, options: ScoreSamplerOptions): Promise<ScoreSampler> {
    const { environment, network, weights, batchSize, seed, firstBatch, harness = unitCoefficients } = options;
    const plan = {
      environment,
      network,
      objective: sumOfScores(harness, network),
      estimator: estimators.none,
      batch: batchSize,
      replicas: 1,
      parts: batchSize,
    };
    requireFit(device, plan);
    const shape = { ...plan, replicas: new Replicas(device, [{ seed, step: firstBatch }]) };
    const buffers = stepBuffers(device, shape);
    buffers.weights.write(packWeights(network, weights));
    const { sample, gradient } = await orFree(recordStep(device, shape, buffers), () => disposeBuffers(buffers));
    return new ScoreSampler(options, shape, buffers, new Program(device, "scores").append(sample).append(gradient));
  }

  /**
   * The next batch.
   *
   * @throws WebgfnError `numbers` if log R of a sampled object is not finite.
   */
  async next(): Promise<ScoredBatch> {
    const { environment } = this.#options;
    this.buffers.replicas.setStep(this.#options.firstBatch + this.#batches++);
    await this.#program.run();
    const { trajectories, partials } = this.buffers;
    const [records, scores] = (await Promise.all([trajectories.read(), partials.read()])) as [Float32Array, Float32Array];
    const { logForward, logBackward, logReward } = trajectoryColumns(records);
    const wrong = logReward.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) {
      throw new WebgfnError("numbers", `${environment.title}: log R of a sampled object is ${wrong}, not a finite number`);
    }
    return { logForward, logBackward, logReward, scores };
  }

  dispose(): void {
    disposeBuffers(this.buffers);
  }
}
