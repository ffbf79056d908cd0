import type { Capability } from "./capability.js";
import type { ObjectDisplay, SampledObject } from "./objects.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Most states that exact evaluation visits: four bytes each for a probability, and one policy evaluation each. */
export const MOST_STATES = 2 ** 22;

/** A parameter's value, as a configuration keeps it; files are kept by their text, vectors and matrices as arrays. */
export type ParameterValue = number | string | { name: string; text: string } | readonly number[] | readonly (readonly number[])[];

/**
 * A GFlowNet environment: a WGSL module with the dynamics and the reward, and the sizes, targets and views of objects that
 * the host needs. States are `stateWords` 32-bit words; actions are words too.
 *
 * The module defines: `State`, `initial_state`, `is_terminal`, `is_allowed`, `apply`, `is_undoable`, `undo`,
 * `parent_count`, `level`, `feature`, `next_feature`, `log_reward`, and, where `enumeration` is available, `state_at` and
 * `state_index`. Every path from the initial state to a given state has the same number of actions, its level.
 *
 * `defineEnvironment` makes one from fewer fields and says what its module lacks. `O` is the type of its objects.
 *
 * Where `actionSpace` is continuous, an action is the bits of one real coordinate as a 32-bit float, the first `horizon`
 * words of an object are its actions in order (so that it has one trajectory), and the module also defines
 * `exploration_range`, the interval from which exploration draws.
 */
export interface Environment<O extends SampledObject = SampledObject> {
  /** Name on the command line and in run folders. */
  readonly name: string;
  /** Everything needed to make the same environment again, as plain JSON. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** One readable line, such as `sets of 16 out of 32 items`. */
  readonly title: string;
  /** The WGSL module. */
  readonly shader: string;
  /** Sizes that the module imports as `constants::NAME`. */
  readonly constants: Readonly<Record<string, number>>;
  readonly stateWords: number;
  /** Whether actions are indices (`discrete`, the default) or real coordinates (`continuous`). */
  readonly actionSpace?: "discrete" | "continuous";
  /** Number of indices; 0 where actions are coordinates. */
  readonly actions: number;
  /** Most actions of a trajectory. */
  readonly horizon: number;
  readonly features: number;
  /** The order of the features, for programs that evaluate a checkpoint without this package. */
  readonly featureOrder: string;
  /** The module's `environment_data`. */
  readonly data: Float32Array;
  /** Number of states, where they can all be visited. */
  readonly enumeration: Capability<number>;
  /** log Z = log Σ_x R(x). */
  readonly exactLogZ: Capability<number>;
  /** Draws `count` objects exactly from R/Z, as states of `stateWords` words each. */
  readonly exactSampling: Capability<(count: number, seed: number) => Uint32Array>;
  /**
   * log R from which an object counts as a mode of the target; absent where the highest reward is not known. The maker of
   * each environment says what it is; half the highest reward unless the target has levels or components of its own.
   */
  readonly modeThreshold?: number;
  /** Number of the mode that a state belongs to, where objects are points, of which no two are the same. */
  readonly modeOf?: (state: Uint32Array) => number;
  /** Whether every object has one trajectory, so that p_B = 1, as where actions are coordinates. Default false. */
  readonly singleTrajectory?: boolean;
  /**
   * Number of leaves, where states are forests that grow by joining two trees, so that graph networks can be used. The module
   * then also defines `LEAVES`, `PAIRS`, `pair_of`, `action_of` and `join_order`; see `shaders/envs/phylogenetics.wgsl`.
   */
  readonly leaves?: number;
  /** A terminal state as a plain object. */
  decode(state: Uint32Array): O;
  /** How objects are shown: as text, as arrays, step by step, in pictures. */
  readonly objects: ObjectDisplay<O>;
  /** Training settings where a run is given no others. */
  readonly defaults: TrainingDefaults;
}
