import type { Environment, SampledObject } from "@webgfn/envs";
import { type Device, Program, rules } from "@webgfn/tensor";
import {
  type Excess,
  largestThatFits,
  orFree,
  requireOptions,
  requireRule,
  type Schema,
  type TensorPlans,
  tensorExcess,
} from "@webgfn/tensor/internal";
import type { Network, Policy } from "./network.js";
import type { EvaluationPath } from "./path.js";
import { fitPolicy, hasFlow } from "./policy.js";
import { trajectoryColumns, trajectoryRecord } from "./records.js";
import { Replicas } from "./replicas.js";
import { dataTensor, disposeBuffers, recordRollout, samplingTensors } from "./rollout.js";
import type { RolloutBuffers, RolloutShape } from "./rollout-shape.js";
import { SIZE_ADVICE } from "./size-advice.js";
import { type LinearWeights, packWeights } from "./weights.js";

export interface SamplerOptions<O extends SampledObject = SampledObject> {
  environment: Environment<O>;
  policy: Policy;
  /** One model's weights, layer by layer. */
  weights: readonly LinearWeights[];
  /** Default 0. The same seed, adapter type and version give the same objects. */
  seed?: number;
  /** Trajectories per dispatch, or as many as the adapter takes, where these are fewer. Default 4096. */
  batchSize?: number;
  /** How the policy is evaluated; default: what suits it and the batch. */
  path?: EvaluationPath;
  /** Whether {@link Sampler.dispose} closes the device too. Default false. */
  ownsDevice?: boolean;
}

const LAYER = rules.having("a layer", "weight", "bias");

const OPTIONS: Schema<SamplerOptions> = {
  environment: rules.having("an environment, such as sets()", "name", "shader", "horizon", "features"),
  policy: rules.having("a policy, such as mlp()", "name", "parameters", "fit"),
  weights: rules.list("a list of layers, each with a weight and a bias", LAYER, 0, 64),
  seed: rules.whole(0),
  batchSize: rules.whole(1, 2 ** 20),
  path: rules.oneOf("fused", "layered"),
  ownsDevice: rules.oneOf(true, false),
};

/** One sampled trajectory. `O` is the type of the environment's objects. */
export interface Sample<O extends SampledObject = SampledObject> {
  object: O;
  logReward: number;
  /** log p_F(τ) */
  logForward: number;
  /** log p_B(τ | x) */
  logBackward: number;
  actions: number[];
}

/**
 * As many trajectories as the adapter takes at once, up to a number.
 *
 * @throws WebgfnError `limit` where it does not take one.
 */
function fittingBatch(device: Device, most: number, plansOf: (batch: number) => TensorPlans): number {
  const excess = (batch: number) => tensorExcess(device.limits, plansOf(batch));
  const batch = largestThatFits(most, (size) => excess(size) === undefined);
  if (batch === 0) throw device.refusal(excess(1) as Excess, "use narrower hidden layers, or a smaller environment");
  return batch;
}

/** Samples objects from a trained policy, a batch of trajectories per dispatch. `O` is the type of the environment's objects. */
export class Sampler<O extends SampledObject = SampledObject> {
  readonly #environment: Environment<O>;
  readonly #buffers: RolloutBuffers;
  readonly #program: Program;
  readonly #batch: number;
  readonly #ownsDevice: boolean;
  #dispatches = 0;

  private constructor(environment: Environment<O>, buffers: RolloutBuffers, program: Program, batch: number, ownsDevice: boolean) {
    this.#environment = environment;
    this.#buffers = buffers;
    this.#program = program;
    this.#batch = batch;
    this.#ownsDevice = ownsDevice;
  }

  /** The environment that objects are sampled from. */
  get environment(): Environment<O> {
    return this.#environment;
  }

  /** @throws WebgfnError `argument` when the weights do not fit the policy, `limit` where the adapter does not take the network. */
  static async create<O extends SampledObject>(device: Device, options: SamplerOptions<O>): Promise<Sampler<O>> {
    requireOptions("a sampler", options, OPTIONS, "environment", "policy", "weights");
    const { environment, policy, weights, seed = 0, batchSize = 4096, path, ownsDevice = false } = options;
    const net: Network = fitPolicy(policy, environment, { flow: hasFlow(policy, environment, weights.at(-1)?.bias.length) });
    const packed = packWeights(net, weights);
    const shapeOf = (batch: number): RolloutShape => ({ environment, network: net, batch, replicas: 1, ...(path && { path }) });
    const plansOf = (batch: number) => ({
      weights: { shape: [1, 4 * net.weights4], label: "weights", values: () => packed },
      data: dataTensor(environment),
      ...samplingTensors(device, shapeOf(batch)),
    });
    const batch = fittingBatch(device, batchSize, plansOf);
    const buffers: RolloutBuffers = { ...device.tensors(plansOf(batch), SIZE_ADVICE), replicas: new Replicas(device, [{ seed }]) };
    const program = new Program(device, "sampling", { fix: SIZE_ADVICE });
    await orFree(recordRollout(program, shapeOf(batch), buffers), () => disposeBuffers(buffers));
    return new Sampler(environment, buffers, program, batch, ownsDevice);
  }

  /**
   * Yields `count` samples, a batch of at most `batchSize` at a time. The GPU is a batch ahead of whoever takes them.
   *
   * @throws WebgfnError `argument` for a count that is not a whole number, and what the device reports.
   */
  async *stream(count: number): AsyncGenerator<Sample<O>[], void, void> {
    requireRule("count", count, rules.whole(0));
    let running = count > 0 ? this.#launch() : undefined;
    for (let left = count; left > 0; left -= this.#batch) {
      await running;
      const words = await this.#read(Math.min(left, this.#batch));
      running = left > this.#batch ? this.#launch() : undefined;
      yield this.#decode(words);
    }
  }

  #launch(): Promise<void> {
    this.#buffers.replicas.setStep(this.#dispatches++);
    const run = this.#program.run();
    // Where nobody asks for this batch, nobody hears of its failure.
    run.catch(() => {});
    return run;
  }

  /** `count` samples at once; throws as {@link stream} does. */
  async sample(count: number): Promise<Sample<O>[]> {
    const samples: Sample<O>[] = [];
    for await (const batch of this.stream(count)) for (const sample of batch) samples.push(sample);
    return samples;
  }

  async #read(count: number): Promise<[summaries: Float32Array, states: Uint32Array, actions: Uint32Array]> {
    const { stateWords, horizon } = this.#environment;
    const { trajectories, objects, actions } = this.#buffers;
    const words = await Promise.all([
      trajectories.read(0, trajectoryRecord.words * count),
      objects.read(0, stateWords * count),
      actions.read(0, horizon * count),
    ]);
    return words as [Float32Array, Uint32Array, Uint32Array];
  }

  #decode([summaries, states, choices]: [Float32Array, Uint32Array, Uint32Array]): Sample<O>[] {
    const { stateWords, horizon } = this.#environment;
    const { logForward, logBackward, logReward, length } = trajectoryColumns(summaries);
    return Array.from(length, (actions, n) => ({
      object: this.#environment.decode(states.subarray(n * stateWords, (n + 1) * stateWords)),
      logReward: logReward[n] as number,
      logForward: logForward[n] as number,
      logBackward: logBackward[n] as number,
      actions: [...choices.subarray(n * horizon, n * horizon + actions)],
    }));
  }

  /** Frees the sampler's buffers; the device stays open unless it is the sampler's own. */
  dispose(): void {
    disposeBuffers(this.#buffers);
    if (this.#ownsDevice) this.#program.device.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
