import type { Environment } from "@webgfn/envs";
import { type Estimator, logZRecord, metricsRecord, type Objective, outcomeRecord } from "@webgfn/objectives";
import {
  dataTensor,
  type EvaluationPath,
  type Network,
  type Replicas,
  type RolloutBuffers,
  recordingTensors,
  SIZE_ADVICE,
  sectionShape,
  sectionTable,
  type Tilings,
  trajectoryTensors,
  transitionRecord,
} from "@webgfn/sampler";
import type { Device, Tensor, TensorPlan } from "@webgfn/tensor";
import { faultRecord } from "./fault.js";
import { partition, recordWords } from "./partition.js";
import { parameterGroups } from "./workgroups.js";

export interface StepShape {
  environment: Environment;
  network: Network;
  objective: Objective;
  estimator: Estimator;
  /** Trajectories per replica and step. */
  batch: number;
  replicas: Replicas;
  /** How the policy is evaluated; what suits it and the batch unless given. */
  path?: EvaluationPath;
  /** Shapes of the fused path's tiles; what suits the adapter unless given. */
  tilings?: Tilings;
  /** The largest norm of a gradient: longer ones are scaled down to it. No limit unless given. */
  gradientClip?: number;
  /** Ranges of trajectories whose weight gradients are kept apart; what suits the adapter unless given. */
  parts?: number;
  /** Most bytes of records in one binding; what the adapter binds unless given. */
  sectionBytes?: number;
}

/** A shape before anything is made on the device. */
export type StepPlan = Omit<StepShape, "replicas"> & { replicas: number };

/** Everything a training step keeps on the GPU. Leading axes are [replica, …]. */
export interface StepBuffers extends RolloutBuffers {
  /**
   * `[section, words]`, a section being [replica, trajectory of the section, rowsPerTrajectory, 4 · row4]: features, activations
   * and deltas of each evaluation of the policy. One section is the whole batch, unless that is more than a binding holds.
   */
  rows: Tensor;
  /** Where there are several sections, what the shaders are told of each: `[section, 64]`. */
  sections?: Tensor;
  /** `[replica, batch · rowsPerTrajectory]`: indices of real transitions. */
  liveRows: Tensor;
  /** `[replica, trajectory, 2]`: coefficients of the channels U and S; where a flow is learned, [replica, transition, 2]. */
  coefficients: Tensor;
  /** `[replica, trajectory, horizon, words of a Transition]`, where a flow is learned: see `shaders/sampler/records.wgsl`. */
  transitions?: Tensor;
  /** `[replica, words of an Outcome]`: see `shaders/objectives/records.wgsl`. */
  outcomes: Tensor;
  /** `[replica, words of a LogZ]`: log Z and its two moments. */
  logZ: Tensor;
  /** `[replica, words of a Metrics]`: see `shaders/objectives/records.wgsl`. */
  metrics: Tensor;
  /** `[replica, part, channel, 4 · parameters4]` */
  partials: Tensor;
  /** `[replica, channel, 4 · parameters4]` */
  gradients: Tensor;
  /** `[replica, workgroup, 4]`: scalar products of the channels. */
  products: Tensor;
  /** `[replica, 2, 4 · parameters4]`: Adam's moments. */
  moments: Tensor;
  /** `[replica, words of a Fault]`: see `shaders/trainer/fault.wgsl`. */
  faults: Tensor;
}

/** Every tensor of a step but the table of replicas. */
export function stepTensors(device: Device, shape: StepPlan): { [Name in keyof Omit<StepBuffers, "replicas">]: TensorPlan } {
  const { environment, network, objective, estimator, batch, replicas: count } = shape;
  const flow = objective.learns.includes("flow");
  const parameters = 4 * network.parameters4;
  const rows = network.rowsPerTrajectory;
  const { path, parts, sectionSize } = partition(device, shape);
  const sections = sectionTable(batch, sectionSize);
  return {
    ...trajectoryTensors({ environment, batch, replicas: count }),
    ...recordingTensors(device, { environment, network, batch, replicas: count, path }),
    data: dataTensor(environment),
    weights: { shape: [count, 4 * network.weights4], label: "weights" },
    rows: {
      shape: sectionShape(count * sectionSize * recordWords(network), batch, sectionSize),
      label: "transition records",
      apart: true,
    },
    ...(sections && { sections }),
    liveRows: { shape: [count, batch * rows], dtype: "u32", label: "real transitions" },
    coefficients: { shape: [count, flow ? batch * rows : batch, 2], label: "coefficients" },
    ...(flow ? { transitions: { shape: [count, batch, environment.horizon, transitionRecord.words], label: "transitions" } } : {}),
    outcomes: { shape: [count, outcomeRecord.words], label: "outcomes" },
    logZ: { shape: [count, logZRecord.words], label: "log Z" },
    metrics: { shape: [count, metricsRecord.words], label: "metrics" },
    partials: { shape: [count, parts, estimator.channels, parameters], label: "partial gradients" },
    gradients: { shape: [count, estimator.channels, parameters], label: "gradients" },
    products: { shape: [count, parameterGroups(device, network), 4], label: "scalar products" },
    moments: { shape: [count, 2, parameters], label: "Adam's moments" },
    faults: { shape: [count, faultRecord.words], dtype: "u32", label: "faults" },
  };
}

/**
 * Makes them.
 *
 * @throws WebgfnError `limit` before anything is allocated when one of them does not fit the adapter.
 */
export function stepBuffers(device: Device, { replicas, ...shape }: StepShape): StepBuffers {
  return { ...device.tensors(stepTensors(device, { ...shape, replicas: replicas.count }), SIZE_ADVICE), replicas };
}
