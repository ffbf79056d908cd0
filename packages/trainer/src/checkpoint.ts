import type { Environment } from "@webgfn/envs";
import type { Checkpoint, Fault, FileTensor, LinearWeights } from "@webgfn/sampler";
import { faultsOf, quantities, replicasOf, stackLayers, unstackLayers } from "@webgfn/sampler/internal";
import { type ParameterValue, rules, WebgfnError } from "@webgfn/tensor";
import { parameterValues, requireArgument, requireRule } from "@webgfn/tensor/internal";
import { TRAINER_PARAMETERS } from "./options.js";
import type { ReplayState, TrainerState } from "./state.js";
import type { Trainer } from "./trainer.js";

/** The rule for a trainer. It checks members, not the class: a trainer may come from another copy of this package. */
export const TRAINER = rules.having("a Trainer", "options", "network", "state", "restore");

/**
 * A trainer's state as a checkpoint. All of it belongs to the same step: a call to `train` under way ends first. Tensors, each with the
 * replica axis first: `policy.layers.L.weight`, `.bias`, `log_z`; for continuing also `log_reward_shift`,
 * `optimizer.first_moment.layers.L.…`, `optimizer.second_moment.…` and `optimizer.log_z` `[replica, 2]`. If a replica is broken, there is
 * `fault` `[replica, 2]`: the number, from 1, of the quantity that was not finite (in the order of `quantities`), and the step. Sound
 * replicas have zeros. A replay buffer is in `replay.log_reward` `[replica, slot]`, `replay.stamp` `[replica, slot, 2]` and `replay.objects`
 * `[replica, slot, 2 · words]`. These store each 32-bit integer as its low and its high 16 bits.
 *
 * @param configuration stored in the metadata. Default: the trainer's own description of its model, from which `loadSampler` rebuilds the
 * model.
 * @throws WebgfnError `disposed`, `device-lost`.
 *
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { checkpoint, encodeCheckpoint, openDevice, renyi, sets, Trainer } from "webgfn";
 * const device = await openDevice();
 * const trainer = await Trainer.create(device, { environment: sets({ items: 10, size: 5 }), objective: renyi() });
 * await trainer.train(100);
 * await writeFile("run.safetensors", encodeCheckpoint(await checkpoint(trainer)));
 * device.dispose();
 * ```
 */
export async function checkpoint(trainer: Trainer, configuration?: object): Promise<Checkpoint> {
  requireRule("trainer", trainer, TRAINER);
  const state = await trainer.state();
  const replicas = state.weights.length;
  const tensors: Record<string, FileTensor> = {
    ...stackLayers("policy", trainer.network, state.weights),
    log_z: { shape: [replicas], data: Float32Array.from(state.logZ, (values) => values[0] as number) },
    log_reward_shift: { shape: [replicas], data: Float32Array.from(state.logRewardShift) },
    ...stackLayers("optimizer.first_moment", trainer.network, state.firstMoments),
    ...stackLayers("optimizer.second_moment", trainer.network, state.secondMoments),
    "optimizer.log_z": {
      shape: [replicas, 2],
      data: Float32Array.from(state.logZ.flatMap((values) => [values[1] as number, values[2] as number])),
    },
    ...faultTensor(state.faults ?? []),
    ...(state.replay && replayTensors(state.replay, replicas)),
  };
  return { configuration: JSON.stringify(configuration ?? trainedWith(trainer)), step: state.step, tensors };
}

/** What a trainer trains and how, as plain JSON, with the field names of a configuration. */
interface TrainedWith extends Record<string, unknown> {
  environment: string;
  env: Readonly<Record<string, unknown>>;
  objective: string;
  objectiveParameters: Readonly<Record<string, ParameterValue>>;
  estimator: string;
  policy: string;
  policyParameters: Readonly<Record<string, ParameterValue>>;
  replicas: number;
}

/** A description of the reward, unless it is the environment's own. */
function rewardOf({ rewardFacts }: Environment): Record<string, unknown> {
  if (rewardFacts === undefined) return {};
  const { kind, title, beta } = rewardFacts;
  return { ...(kind !== "own" && { reward: title }), beta };
}

/** The trainer's description of its model: names and parameters of its parts, and the numeric options. */
function trainedWith({ options }: Pick<Trainer, "options">): TrainedWith {
  const { environment, objective, estimator, policy } = options;
  const numbers = Object.keys(TRAINER_PARAMETERS).map((name) => [name, options[name as keyof typeof TRAINER_PARAMETERS]]);
  return {
    environment: environment.name,
    env: environment.parameters,
    ...rewardOf(environment),
    objective: objective.name,
    objectiveParameters: parameterValues(objective.parameters),
    estimator: estimator.name,
    policy: policy.name,
    policyParameters: parameterValues(policy.parameters),
    replicas: options.replicas,
    ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)),
  };
}

/**
 * Puts a trainer of the same configuration into the state of a checkpoint.
 *
 * @throws WebgfnError `file` if a tensor is missing or has another shape, or if the schedule is shorter than the step; `busy` while another
 * call on the trainer is under way; `disposed`.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { decodeCheckpoint, openDevice, renyi, restoreCheckpoint, sets, Trainer } from "webgfn";
 * const device = await openDevice();
 * const trainer = await Trainer.create(device, { environment: sets({ items: 10, size: 5 }), objective: renyi() });
 * restoreCheckpoint(trainer, decodeCheckpoint(await readFile("run.safetensors")));
 * console.log(trainer.step); // training goes on from here
 * device.dispose();
 * ```
 */
export function restoreCheckpoint(trainer: Trainer, checkpoint: Checkpoint): void {
  requireRule("trainer", trainer, TRAINER);
  requireArgument.object("the checkpoint", checkpoint);
  const { step, tensors } = checkpoint;
  requireArgument.object("the tensors of the checkpoint", tensors);
  const { replicas, steps } = trainer.options;
  const has = (prefix: string) => Object.keys(tensors).some((name) => name.startsWith(prefix));
  if (has("policy.") && !has("optimizer.")) {
    throw new WebgfnError("file", "the checkpoint holds what sampling needs alone, so that training cannot go on from it", {
      fix: "restore the whole one: `webgfn export` and samplingCheckpoint leave out the state of the optimiser",
    });
  }
  if (step > steps) throw new WebgfnError("file", `the checkpoint is at step ${step}, beyond the ${steps} steps of the configuration`);
  const layers = (prefix: string): LinearWeights[][] => unstackLayers(prefix, trainer.network, tensors, replicas);
  const logRewardShift = replicasOf(tensors, "log_reward_shift", [replicas]).map(([shift = 0]) => shift);
  const logZ = replicasOf(tensors, "log_z", [replicas]);
  const moments = replicasOf(tensors, "optimizer.log_z", [replicas, 2]);
  const state: TrainerState = {
    step,
    logRewardShift,
    logZ: logZ.map(([value = 0], r) => Float32Array.of(value, ...(moments[r] as Float32Array))),
    weights: layers("policy"),
    firstMoments: layers("optimizer.first_moment"),
    secondMoments: layers("optimizer.second_moment"),
    faults: faultsOf({ tensors }, replicas),
    ...replayOf(trainer, tensors),
  };
  trainer.restore(state);
}

/** 32-bit words as two numbers each, which float32 holds exactly: the low and the high 16 bits. */
function halves(words: Uint32Array): Float32Array {
  const numbers = new Float32Array(2 * words.length);
  words.forEach((word, i) => {
    numbers[2 * i] = word & 0xffff;
    numbers[2 * i + 1] = word >>> 16;
  });
  return numbers;
}

/** The reverse of {@link halves}. */
function wordsOf(numbers: Float32Array): Uint32Array {
  return Uint32Array.from({ length: numbers.length / 2 }, (_, i) => (numbers[2 * i] as number) + 65536 * (numbers[2 * i + 1] as number));
}

/** Slots are pairs of words: the bits of log R, and the stamp. */
function replayTensors({ slots, objects }: ReplayState, replicas: number): Record<string, FileTensor> {
  const capacity = slots.length / 2 / replicas;
  const logRewards = new Float32Array(slots.slice().buffer).filter((_, i) => i % 2 === 0);
  return {
    "replay.log_reward": { shape: [replicas, capacity], data: logRewards },
    "replay.stamp": { shape: [replicas, capacity, 2], data: halves(slots.filter((_, i) => i % 2 === 1)) },
    "replay.objects": { shape: [replicas, capacity, (2 * objects.length) / (replicas * capacity)], data: halves(objects) },
  };
}

/** The replay buffer of a checkpoint, for a trainer that has one. */
function replayOf({ options, buffers }: Trainer, tensors: Checkpoint["tensors"]): { replay?: ReplayState } {
  const [replicas = 0, capacity = 0, words = 0] = buffers.slotObjects?.shape ?? [];
  if (capacity === 0) return {};
  const read = (name: string, shape: number[]) => replicasOf(tensors, `replay.${name}`, shape);
  const logRewards = read("log_reward", [options.replicas, capacity]);
  const stamps = read("stamp", [options.replicas, capacity, 2]);
  const objects = read("objects", [options.replicas, capacity, 2 * words]);
  const slots = new Uint32Array(2 * replicas * capacity);
  const slotObjects = new Uint32Array(replicas * capacity * words);
  for (let r = 0; r < replicas; r++) {
    const bits = new Uint32Array(Float32Array.from(logRewards[r] ?? []).buffer);
    wordsOf(stamps[r] as Float32Array).forEach((stamp, slot) => {
      slots.set([bits[slot] as number, stamp], 2 * (r * capacity + slot));
    });
    slotObjects.set(wordsOf(objects[r] as Float32Array), r * capacity * words);
  }
  return { replay: { slots, objects: slotObjects } };
}

function faultTensor(faults: readonly (Fault | undefined)[]): Record<string, FileTensor> {
  if (faults.every((fault) => fault === undefined)) return {};
  const entries = faults.flatMap((fault) => (fault === undefined ? [0, 0] : [1 + quantities.indexOf(fault.quantity), fault.step]));
  return { fault: { shape: [faults.length, 2], data: Float32Array.from(entries) } };
}
