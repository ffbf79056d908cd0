import { FIRST_BATCH, packWeights } from "@webgfn/sampler/internal";
import { argumentError, largestOf } from "@webgfn/tensor/internal";
import type { Trainer } from "@webgfn/trainer";
import { batchCombinations, batchIntegrand, combined, hostEstimator, ScoreSampler, scoreSums } from "@webgfn/trainer/internal";

/** Number of independent batches, and trajectories of each: enough to estimate a variance within a factor of two, and fast. */
const BATCHES = 12;
const TRAJECTORIES = 32;

/** Traces of the covariance of a batch's gradient. */
export interface Variances {
  /** Trace with the estimator that the training uses. */
  with: number;
  /** Trace with the estimator `none`. */
  without: number;
  /** Number of batches, and of trajectories in each. */
  batches: number;
  batchSize: number;
}

/** Measures how much control variates reduce the variance of the gradient at the current policy. */
export class Gauge {
  readonly #trainer: Trainer;
  readonly #sampler: ScoreSampler;

  private constructor(trainer: Trainer, sampler: ScoreSampler) {
    this.#trainer = trainer;
    this.#sampler = sampler;
  }

  /** log r̄: the largest log R of the first batch. */
  #logRewardShift: number | undefined;

  static async create(trainer: Trainer): Promise<Gauge> {
    const { environment, seed } = trainer.options;
    const [weights = []] = await trainer.weights();
    const options = { environment, network: trainer.network, weights, batchSize: TRAJECTORIES, seed, firstBatch: FIRST_BATCH.gauge };
    return new Gauge(trainer, await ScoreSampler.create(trainer.device, options));
  }

  async measure(): Promise<Variances> {
    const { network, options } = this.#trainer;
    const { buffers } = this.#sampler;
    const { objective } = options;
    if (objective.family !== "divergence" || objective.host === undefined) throw argumentError(`${objective.name} takes no estimator`);
    const { host } = objective;
    buffers.weights.write(packWeights(network, (await this.#trainer.weights())[0] ?? []));
    buffers.data.write(options.environment.data);
    const gradients: [Float64Array[], Float64Array[]] = [[], []];
    for (let m = 0; m < BATCHES; m++) {
      const batch = await this.#sampler.next();
      const sums = scoreSums(batch.scores, TRAJECTORIES);
      this.#logRewardShift ??= largestOf(batch.logReward);
      const values = batchIntegrand(host, batch, this.#logRewardShift);
      const { centred, combinations } = batchCombinations(batch.scores, sums, values, [options.estimator, "none"].map(hostEstimator));
      combinations.forEach((combination, e) => {
        gradients[e]?.push(combined(centred, sums.sum, combination));
      });
    }
    return { with: trace(gradients[0]), without: trace(gradients[1]), batches: BATCHES, batchSize: TRAJECTORIES };
  }

  dispose(): void {
    this.#sampler.dispose();
  }
}

/** Trace of the covariance: the sum of the variances of all entries. */
function trace(gradients: readonly Float64Array[]): number {
  const size = gradients[0]?.length ?? 0;
  let sum = 0;
  for (let p = 0; p < size; p++) {
    const mean = gradients.reduce((total, gradient) => total + (gradient[p] as number), 0) / gradients.length;
    for (const gradient of gradients) sum += ((gradient[p] as number) - mean) ** 2;
  }
  return sum / (gradients.length - 1);
}
