import type { Environment, SampledObject } from "@webgfn/envs";
import { type Device, Program, rules, WebgfnError } from "@webgfn/tensor";
import {
  CallQueue,
  type Excess,
  largestThatFits,
  orFree,
  requireOptions,
  requireRule,
  type Schema,
  type TensorPlans,
  tensorExcess,
} from "@webgfn/tensor/internal";
import { FIRST_BATCH } from "./counters.js";
import { type Fault, faultOf } from "./fault.js";
import { type LargestWeight, requireFiniteTrajectories, requireFiniteWeights } from "./finite.js";
import type { Network, Policy } from "./network.js";
import type { EvaluationPath } from "./path.js";
import { fitPolicy, hasFlow } from "./policy.js";
import { trajectoryColumns, trajectoryRecord } from "./records.js";
import { Replicas } from "./replicas.js";
import { dataTensor, disposeBuffers, recordRollout, samplingTensors } from "./rollout.js";
import type { RolloutBuffers, RolloutShape } from "./rollout-shape.js";
import { SIZE_ADVICE } from "./size-advice.js";
import { type LinearWeights, packWeights } from "./weights.js";

/** Options of {@link Sampler.create}. */
export interface SamplerOptions<O extends SampledObject = SampledObject> {
  /** The environment that the policy was trained in. */
  environment: Environment<O>;
  /** The policy's architecture, as it was trained. */
  policy: Policy;
  /** One model's weights, layer by layer. */
  weights: readonly LinearWeights[];
  /**
   * Key of the random numbers, a whole number. Default 0, so that a program gives the same objects every time. Draw a seed to get others:
   * `const [seed = 0] = crypto.getRandomValues(new Uint32Array(1))`. The same seed, adapter type and version give the same objects.
   */
  seed?: number;
  /** Trajectories per dispatch; fewer if the adapter cannot take as many. Default 4096. */
  batchSize?: number;
  /** How the policy is evaluated. Default: chosen by the policy's size and the batch. */
  path?: EvaluationPath;
  /** Whether {@link Sampler.dispose} closes the device too. Default false. */
  ownsDevice?: boolean;
  /** Why training found this model broken; {@link trainedModel} returns it. Default: it is sound. */
  fault?: Fault;
  /** Whether to sample even a broken model, with the weights of its last sound step. Default false: a broken model is refused. */
  allowBroken?: boolean;
  /** Name of the policy in errors, such as `replica 1 of sets.safetensors`. Default `the policy`. */
  name?: string;
}

const LAYER = rules.having("a layer", "weight", "bias");

/** The options that do not describe the model. */
export const SAMPLING_OPTIONS = {
  seed: rules.whole(0),
  batchSize: rules.whole(1, 2 ** 20),
  allowBroken: rules.oneOf(true, false),
};

const OPTIONS: Schema<SamplerOptions> = {
  environment: rules.having("an environment, such as sets()", "name", "shader", "horizon", "features"),
  policy: rules.having("a policy, such as mlp()", "name", "parameters", "fit"),
  weights: rules.list("a list of layers, each with a weight and a bias", LAYER, 0, 64),
  ...SAMPLING_OPTIONS,
  path: rules.oneOf("fused", "layered"),
  ownsDevice: rules.oneOf(true, false),
  fault: rules.having("a fault, as trainedModel tells", "quantity", "step"),
  name: rules.text,
};

/** One sampled trajectory. `O` is the type of the environment's objects. */
export interface Sample<O extends SampledObject = SampledObject> {
  /** The object at the trajectory's end. */
  object: O;
  /** log R(x). NaN if the reward is not available: a checkpoint that was trained on a user's reward does not contain it. */
  logReward: number;
  /** log p_F(τ) */
  logForward: number;
  /** log p_B(τ | x) */
  logBackward: number;
  /** The trajectory's actions, by their numbers; empty if actions are continuous. */
  actions: number[];
}

/**
 * The largest batch, up to `most`, that fits the adapter.
 *
 * @throws WebgfnError `limit` if not even one trajectory fits.
 */
function fittingBatch(device: Device, most: number, plansOf: (batch: number) => TensorPlans): number {
  const excess = (batch: number) => tensorExcess(device.limits, plansOf(batch));
  const batch = largestThatFits(most, (size) => excess(size) === undefined);
  if (batch === 0) throw device.refusal(excess(1) as Excess, "use narrower hidden layers, or a smaller environment");
  return batch;
}

/** A sampler's parts on its device, and the names in its errors. */
interface Parts<O extends SampledObject> {
  environment: Environment<O>;
  buffers: RolloutBuffers;
  program: Program;
  /** Trajectories per dispatch. */
  batch: number;
  ownsDevice: boolean;
  name: string;
  largest: LargestWeight;
}

/** The data read back from a batch. */
type Words = [trajectories: Float32Array, objects: Uint32Array, actions: Uint32Array];

/** Most batches whose numbers a call reserves at once. A smaller call reserves all of its batches. */
const RESERVED = 2 ** 16;

/**
 * Samples objects from a trained policy, a batch of trajectories per dispatch. `O` is the type of the environment's objects.
 *
 * Calls may overlap: the batches of several calls take turns on the GPU, and no two calls give the same objects. Each batch has a number,
 * which keys its random numbers; a call reserves the numbers of its batches when it begins. So overlapping calls give the same objects as the
 * same calls one after another.
 *
 * @example
 * ```ts
 * import { mlp, openDevice, renyi, Sampler, sets, Trainer } from "webgfn";
 * const device = await openDevice();
 * const [environment, policy] = [sets({ items: 10, size: 5 }), mlp({ hidden: [16, 16] })];
 * const trainer = await Trainer.create(device, { environment, policy, objective: renyi({ alpha: 0.5 }), batchSize: 64 });
 * await trainer.train(100);
 * const [weights = []] = await trainer.weights();
 * const sampler = await Sampler.create(device, { environment, policy, weights, seed: 1 });
 * for (const { object, logReward } of await sampler.sample(3)) console.log(object.items, logReward);
 * ```
 */
export class Sampler<O extends SampledObject = SampledObject> {
  readonly #parts: Parts<O>;
  readonly #calls = new CallQueue("the sampler");
  /** Number of the first batch that no call has reserved. */
  #next = 0;

  private constructor(parts: Parts<O>) {
    this.#parts = parts;
  }

  /** The environment that objects are sampled from. */
  get environment(): Environment<O> {
    return this.#parts.environment;
  }

  /**
   * Allocates buffers, compiles kernels and uploads the weights.
   *
   * @throws WebgfnError `argument` if the weights do not fit the policy, `numbers` if one of them is not finite or the model is broken,
   * `limit` if the network exceeds the adapter's limits.
   */
  static async create<O extends SampledObject>(device: Device, options: SamplerOptions<O>): Promise<Sampler<O>> {
    requireOptions("a sampler", options, OPTIONS, "environment", "policy", "weights");
    const { environment, policy, weights, seed = 0, batchSize = 4096, path, ownsDevice = false, name = "the policy" } = options;
    if (options.fault !== undefined && options.allowBroken !== true) {
      throw new WebgfnError("numbers", `${faultOf(name, options.fault)}, and was trained no further`, {
        fix: "choose another replica, or sample with the weights of its last sound step: { allowBroken: true }",
      });
    }
    const net: Network = fitPolicy(policy, environment, { flow: hasFlow(policy, environment, weights.at(-1)?.bias.length) });
    const packed = packWeights(net, weights);
    const largest = requireFiniteWeights(weights, name);
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
    return new Sampler({ environment, buffers, program, batch, ownsDevice, name, largest });
  }

  /**
   * Yields `count` samples in batches of at most `batchSize`. The GPU works one batch ahead of the caller.
   *
   * @throws WebgfnError `argument` for a count that is not a whole number; `numbers` if a trajectory's numbers are not finite, for example
   * because large weights overflow; `disposed` after {@link dispose}; also errors of the device.
   */
  async *stream(count: number): AsyncGenerator<Sample<O>[], void, void> {
    requireRule("count", count, rules.whole(0));
    this.#calls.requireOpen();
    const { batch } = this.#parts;
    let left = count;
    let [next, end] = [0, 0];
    const launch = () => {
      if (next === end) [next, end] = this.#reserve(Math.min(RESERVED, Math.ceil(left / batch)));
      const sampled = this.#sampleBatch(next++, Math.min(left, batch));
      // If the caller stops early, this batch has no listener: swallow its rejection.
      sampled.catch(() => {});
      left -= Math.min(left, batch);
      return sampled;
    };
    try {
      let running = left > 0 ? launch() : undefined;
      while (running !== undefined) {
        const words = await running;
        running = left > 0 ? launch() : undefined;
        yield this.#decode(words);
      }
    } finally {
      // A call that ends early returns the batch numbers that it has not used.
      if (this.#next === end) this.#next = next;
    }
  }

  /** Returns `count` samples at once. Throws as {@link stream} does. */
  async sample(count: number): Promise<Sample<O>[]> {
    const samples: Sample<O>[] = [];
    for await (const batch of this.stream(count)) for (const sample of batch) samples.push(sample);
    return samples;
  }

  /** Reserves batch numbers for one call: returns the first, and the one after the last. */
  #reserve(batches: number): [first: number, end: number] {
    const first = this.#next;
    this.#next += batches;
    return [first, this.#next];
  }

  /** Samples and reads batch `number`, in turn with other calls: all of them share the buffers. */
  #sampleBatch(number: number, count: number): Promise<Words> {
    const { environment, buffers, program } = this.#parts;
    const { stateWords, horizon } = environment;
    return this.#calls.run(async () => {
      buffers.replicas.setStep((FIRST_BATCH.sampling + number) >>> 0);
      await program.run();
      return Promise.all([
        buffers.trajectories.read(0, trajectoryRecord.words * count),
        buffers.objects.read(0, stateWords * count),
        buffers.actions.read(0, horizon * count),
      ]) as Promise<Words>;
    });
  }

  #decode([summaries, states, choices]: Words): Sample<O>[] {
    const { environment, name, largest } = this.#parts;
    const { stateWords, horizon, title, rewardFacts } = environment;
    const isKnown = rewardFacts?.kind !== "unknown";
    const columns = trajectoryColumns(summaries);
    requireFiniteTrajectories(columns, { name, title, largest });
    const { logForward, logBackward, logReward, length } = columns;
    return Array.from(length, (actions, n) => ({
      object: environment.decode(states.subarray(n * stateWords, (n + 1) * stateWords)),
      logReward: isKnown ? (logReward[n] as number) : Number.NaN,
      logForward: logForward[n] as number,
      logBackward: logBackward[n] as number,
      actions: [...choices.subarray(n * horizon, n * horizon + actions)],
    }));
  }

  /**
   * Frees the sampler's buffers; the device stays open unless the sampler owns it. Later calls throw `disposed`. A call under way throws
   * `disposed` before its next batch, and then the buffers are freed. Calling it twice is harmless.
   */
  dispose(): void {
    const { buffers, program, ownsDevice } = this.#parts;
    this.#calls.dispose(() => {
      disposeBuffers(buffers);
      if (ownsDevice) program.device.dispose();
    });
  }

  /** Calls {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
