import type { Environment } from "@webgfn/envs";
import type { Estimator, Objective } from "@webgfn/objectives";
import type { EvaluationPath, Network, Tilings } from "@webgfn/sampler";
import type { Replicas, RolloutBuffers } from "@webgfn/sampler/internal";
import type { Tensor } from "@webgfn/tensor";

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
