import type { Environment } from "@webgfn/envs";
import type { Estimator, Objective } from "@webgfn/objectives";
import type { EvaluationPath, Network, Tilings } from "@webgfn/sampler";
import type { Replicas, RolloutBuffers } from "@webgfn/sampler/internal";
import type { Tensor } from "@webgfn/tensor";
import type { PlacedPrior, PriorScratch } from "./prior.js";
import type { SourcePlan } from "./sources/plan.js";

/** The problem, the sizes and the kernel choices of a training step. */
export interface StepShape {
  /** The environment that is sampled. */
  environment: Environment;
  /** The policy's layout. */
  network: Network;
  /** The objective that is minimised. */
  objective: Objective;
  /** How a divergence's gradient is estimated. */
  estimator: Estimator;
  /** Trajectories per replica and step. */
  batch: number;
  /** The table of replicas, with their seeds and steps. */
  replicas: Replicas;
  /** How kernels evaluate the policy. Default: chosen by the policy's size and the batch. */
  path?: EvaluationPath;
  /** Tile shapes of the fused path. Default: chosen by the kind of adapter. */
  tilings?: Tilings;
  /** Where trajectories come from. Default: all are the policy's own. */
  sources?: SourcePlan;
  /** A prior that takes the place of p_B. Default: p_B itself. */
  prior?: PlacedPrior & { scratch: PriorScratch };
  /** Whether actions are sampled at the temperature of the replica table. Default: no. */
  tempered?: boolean;
  /** Largest norm of a replica's gradient; a longer gradient is scaled down to it. Default: no clipping. */
  gradientClip?: number;
  /** What a learned p_B minimises. Default: the objective. */
  backwardLoss?: "objective" | "tlm";
  /** Number of ranges of trajectories, each with its own sum of weight gradients. Default: chosen by the kind of adapter. */
  parts?: number;
  /** Largest number of bytes of transition records in one binding. Default: the adapter's limit. */
  sectionBytes?: number;
}

/** A step's shape before anything is allocated: it has the number of replicas in place of their table. */
export type StepPlan = Omit<StepShape, "replicas" | "prior"> & { replicas: number };

/** All buffers of a training step. The leading axis is the replica, except in `rows` and `sections`. */
export interface StepBuffers extends RolloutBuffers {
  /**
   * Transition records `[section, words]`, with a section [replica, trajectory of the section, rowsPerTrajectory, 4 · row4]: features,
   * activations and deltas of each evaluation of the policy. There is one section for the whole batch, unless it exceeds a binding.
   */
  rows: Tensor;
  /** If there are several sections, the uniform of each: `[section, 64]`. */
  sections?: Tensor;
  /** `[replica, batch · rowsPerTrajectory]`: indices of real transitions. */
  liveRows: Tensor;
  /** `[replica, trajectory, 2]`: coefficients of the channels U and S; if a flow is learned or matched, [replica, row, 2]. */
  coefficients: Tensor;
  /** `[replica, trajectory, horizon, words of a Transition]`, if a flow is learned: see `shaders/sampler/records.wgsl`. */
  transitions?: Tensor;
  /** `[replica, trajectory, rowsPerTrajectory, words of a FlowRow]`, with flow matching: see `shaders/objectives/balance/flow_rows.wgsl`. */
  flowRows?: Tensor;
  /** `[replica, trajectory, rowsPerTrajectory, stateWords]`: the state at which each row of `flowRows` is evaluated. */
  flowStates?: Tensor;
  /** `[replica, words of an Outcome]`: see `shaders/objectives/records.wgsl`. */
  outcomes: Tensor;
  /** `[replica, chunk, words of a Chunk]`, if workgroups share a batch: see `shaders/objectives/large/chunks.wgsl`. */
  chunks?: Tensor;
  /** `[replica, words of a LogZ]`: log Z and its two moments. */
  logZ: Tensor;
  /** `[replica, words of a Metrics]`: see `shaders/objectives/records.wgsl`. */
  metrics: Tensor;
  /** `[replica, part, channel, 4 · parameters4]`: the sum of weight gradients over each part of the batch. */
  partials: Tensor;
  /** `[replica, channel, 4 · parameters4]`: the sum over all parts. */
  gradients: Tensor;
  /** `[replica, workgroup, 4]`: partial scalar products of the channels. */
  products: Tensor;
  /** `[replica, 2, 4 · parameters4]`: Adam's moments. */
  moments: Tensor;
  /** `[replica, words of a Fault]`: see `shaders/trainer/fault.wgsl`. */
  faults: Tensor;
  /** `[replica, slot, words of a Slot]`: log R and stamp of each object in the replay buffer; see `shaders/trainer/sources/replay.wgsl`. */
  slots?: Tensor;
  /** `[replica, slot, stateWords]`: the objects in the replay buffer. */
  slotObjects?: Tensor;
  /** `[replica, chunk, words of a ChunkWeight]`: sums of the weights for draws from the buffer. */
  chunkWeights?: Tensor;
  /** `[object, stateWords]`: the table of source `objects`. */
  givenObjects?: Tensor;
  /** `[object, stateWords]`: the table of source `target`. */
  targetObjects?: Tensor;
}
