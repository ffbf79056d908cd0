import { logZRecord, metricsRecord } from "@webgfn/objectives/internal";
import type { Fault, LinearWeights, Network } from "@webgfn/sampler";
import { packWeights, unpackWeights } from "@webgfn/sampler/internal";
import { packFaults, unpackFaults } from "./fault.js";
import type { StepBuffers } from "./step-shape.js";

/** A trainer's state as plain arrays: everything needed to continue with bit-identical results. */
export interface TrainerState {
  /** Training steps taken. */
  step: number;
  /** log r̄ per replica. */
  logRewardShift: number[];
  /** Per replica: (log Z, first moment, second moment). */
  logZ: Float32Array[];
  /** Per replica: the weights, layer by layer. */
  weights: LinearWeights[][];
  /** Adam's first moments, likewise. */
  firstMoments: LinearWeights[][];
  /** Adam's second moments, likewise. */
  secondMoments: LinearWeights[][];
  /** Per replica: why its training stopped; `undefined` for a sound replica. */
  faults?: (Fault | undefined)[];
  /** The replay buffers of all replicas; `undefined` if there are none, or if they are empty. */
  replay?: ReplayState;
}

/** Replay buffers, as the GPU keeps them: see {@link StepBuffers.slots}. */
export interface ReplayState {
  slots: Uint32Array;
  objects: Uint32Array;
}

/** The counters that the host keeps. */
export interface Counters {
  step: number;
  /** Seconds spent in training steps. */
  seconds: number;
  logRewardShift: number[];
}

/** The state that training changes, in the GPU's layout: see {@link StepBuffers}. */
export interface Snapshot extends Counters {
  weights: Float32Array;
  moments: Float32Array;
  logZ: Float32Array;
  metrics: Float32Array;
  faults: Uint32Array;
  replay?: ReplayState;
}

/** Copies everything to the host. */
export async function readSnapshot(buffers: StepBuffers, { step, seconds, logRewardShift }: Counters): Promise<Snapshot> {
  // Copy now: training may change them while this waits.
  const counters = { step, seconds, logRewardShift: [...logRewardShift] };
  const { slots, slotObjects } = buffers;
  const replay = Promise.all([slots?.read(), slotObjects?.read()]) as Promise<[Uint32Array | undefined, Uint32Array | undefined]>;
  const floats = ["weights", "moments", "logZ", "metrics"] as const;
  const [weights, moments, logZ, metrics, faults] = (await Promise.all([
    ...floats.map((name) => buffers[name].read()),
    buffers.faults.read(),
  ])) as [Float32Array, Float32Array, Float32Array, Float32Array, Uint32Array];
  const [slotWords, objects] = await replay;
  return { ...counters, weights, moments, logZ, metrics, faults, ...(slotWords && objects && { replay: { slots: slotWords, objects } }) };
}

/** Puts the GPU's side of a snapshot back. */
export function writeSnapshot(buffers: StepBuffers, snapshot: Snapshot): void {
  const { step, logRewardShift, weights, moments, logZ, metrics, faults, replay } = snapshot;
  const { slots, slotObjects } = buffers;
  slots?.write(replay?.slots ?? new Uint32Array(slots.size));
  slotObjects?.write(replay?.objects ?? new Uint32Array(slotObjects.size));
  buffers.weights.write(weights);
  buffers.moments.write(moments);
  buffers.logZ.write(logZ);
  buffers.metrics.write(metrics);
  buffers.faults.write(faults);
  setRewardShift(buffers, logRewardShift);
  buffers.replicas.setStep(step);
}

export function setRewardShift({ replicas }: StepBuffers, shifts: readonly number[]): void {
  shifts.forEach((shift, r) => {
    replicas.setLogRewardShift(r, shift);
  });
}

/** Weights of every replica in the layout of `nn.Linear`. Each replica has `stride` values, with the weights at `offset`. */
export function perReplica(net: Network, values: Float32Array, stride: number, offset: number): LinearWeights[][] {
  return Array.from({ length: values.length / stride }, (_, r) =>
    unpackWeights(net, values.subarray(r * stride + offset, r * stride + offset + 4 * net.parameters4)),
  );
}

export function stateOf({ step, logRewardShift, weights, moments, logZ, faults, replay }: Snapshot, net: Network): TrainerState {
  const size = 4 * net.parameters4;
  return {
    step,
    logRewardShift,
    logZ: logRewardShift.map((_, r) =>
      Float32Array.of(...(["value", "first_moment", "second_moment"] as const).map((field) => logZRecord.get(logZ, r, field))),
    ),
    weights: perReplica(net, weights, 4 * net.weights4, 0),
    firstMoments: perReplica(net, moments, 2 * size, 0),
    secondMoments: perReplica(net, moments, 2 * size, size),
    faults: unpackFaults(faults),
    ...(replay && { replay }),
  };
}

/** The reverse of {@link stateOf}. */
export function snapshotOf(state: TrainerState, net: Network, replicas: number, seconds: number): Snapshot {
  const size = 4 * net.parameters4;
  const weights = new Float32Array(replicas * 4 * net.weights4);
  const moments = new Float32Array(replicas * 2 * size);
  const logZ = new Float32Array(logZRecord.words * replicas);
  const metrics = new Float32Array(metricsRecord.words * replicas);
  for (let r = 0; r < replicas; r++) {
    weights.set(packWeights(net, state.weights[r] ?? []), 4 * net.weights4 * r);
    moments.set(packWeights(net, state.firstMoments[r] ?? []).subarray(0, size), 2 * size * r);
    moments.set(packWeights(net, state.secondMoments[r] ?? []).subarray(0, size), 2 * size * r + size);
    const [value = 0, first = 0, second = 0] = state.logZ[r] ?? [];
    logZRecord.set(logZ, r, { value, first_moment: first, second_moment: second });
    // Metrics belong to the latest batch and are not part of the state: the loss is unknown until the next one.
    metricsRecord.set(metrics, r, { loss: Number.NaN, finite: 1 });
  }
  const faults = packFaults(
    Array.from({ length: replicas }, (_, r) => state.faults?.[r]),
    state.logZ,
  );
  const counters = { step: state.step, seconds, logRewardShift: [...state.logRewardShift] };
  return { ...counters, weights, moments, logZ, metrics, faults, ...(state.replay && { replay: state.replay }) };
}
