import type { Environment } from "@webgfn/envs";
import type { Tensor } from "@webgfn/tensor";
import type { Network } from "./network.js";
import type { EvaluationPath } from "./path.js";
import type { Replicas } from "./replicas.js";
import type { Tiling } from "./tiling.js";

/** Buffers that the dispatches of a layered rollout share. */
export interface LayeredBuffers {
  /** See `shaders/sampler/layered/frontier.wgsl`. */
  frontier: Tensor;
  /** A `Moment` for each time step, at offsets that a uniform binding may have. */
  times: Tensor;
  /** A `Layer` of `shaders/sampler/layered/layer.wgsl` for each product forward, then for each backward. */
  layers: Tensor;
}

/** Buffers that a rollout reads and writes. Leading axes are [replica, trajectory]. */
export interface RolloutBuffers extends Partial<LayeredBuffers> {
  /** `[replica, 4 · weights4]`: see `shaders/sampler/weights.wgsl`. */
  weights: Tensor;
  replicas: Replicas;
  /** The environment's `environment_data`. */
  data: Tensor;
  /** `[replica, trajectory, words of a Trajectory]`: see `records.ts`. */
  trajectories: Tensor;
  /** `[replica, trajectory, stateWords]`: terminal states. */
  objects: Tensor;
  /** [replica, trajectory, horizon]. */
  actions: Tensor;
  /** `[replica, trajectory]`: log R, if the host evaluates it. */
  logRewards?: Tensor;
  /**
   * Without records: the values that a policy reads again, [replica, workgroup, slot, rowsPerTrajectory, 4 · memory4] for a graph policy,
   * [replica, trajectory, two layers] on the layered path.
   */
  memory?: Tensor;
}

export interface RolloutShape {
  environment: Environment;
  network: Network;
  /** Trajectories per replica. */
  batch: number;
  replicas: number;
  /** The evaluation path. Default: chosen by the policy and the batch. */
  path?: EvaluationPath;
  /** The shape of the fused path's tiles. Default: chosen by the adapter. */
  tiling?: Tiling;
}

/** Switches of the shaders of a rollout; see `shaders/sampler/rollout.wgsl`. */
export interface RolloutConditions {
  [name: string]: boolean;
  replay: boolean;
  record: boolean;
  flow: boolean;
  partial_reward: boolean;
  stop_flow: boolean;
  learned_backward: boolean;
}
