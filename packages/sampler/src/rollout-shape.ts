import type { Environment } from "@webgfn/envs";
import type { Tensor } from "@webgfn/tensor";
import type { Network } from "./network.js";
import type { EvaluationPath } from "./path.js";
import type { Replicas } from "./replicas.js";
import type { Tiling } from "./tiling.js";

/** What the dispatches of a layered rollout hand on to each other. */
export interface LayeredBuffers {
  /** See `shaders/sampler/layered/frontier.wgsl`. */
  frontier: Tensor;
  /** A `Moment` for each time step, at offsets that a uniform binding may have. */
  times: Tensor;
  /** A `Layer` of `shaders/sampler/layered/layer.wgsl` for each product forward, then for each backward. */
  layers: Tensor;
}

/** What a rollout reads and writes. Leading axes are [replica, trajectory]. */
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
  /** `[replica, trajectory]`: log R, where the host evaluates it. */
  logRewards?: Tensor;
  /**
   * Where no records are kept, what a policy reads again: [replica, workgroup, slot, rowsPerTrajectory, 4 · memory4] of a graph
   * policy, [replica, trajectory, two layers] of one that takes the layered path.
   */
  memory?: Tensor;
}

export interface RolloutShape {
  environment: Environment;
  network: Network;
  /** Trajectories per replica. */
  batch: number;
  replicas: number;
  /** What suits the policy and the batch, unless given. */
  path?: EvaluationPath;
  /** The shape of the fused path's tiles; what suits the adapter, unless given. */
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
