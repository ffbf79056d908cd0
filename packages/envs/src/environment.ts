import type { Capability } from "./capability.js";
import type { ObjectDisplay, SampledObject } from "./objects.js";
import type { HostEvaluation, RewardFacts } from "./rewards/reward-facts.js";
import type { TableOptions } from "./rewards/table-options.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Largest number of states for exact evaluation. Each state needs four bytes for its probability and one policy evaluation. */
export const MOST_STATES = 2 ** 22;

/** A parameter's value, as a configuration stores it: a number, a text, a file with its text, a vector or a matrix. */
export type ParameterValue = number | string | { name: string; text: string } | readonly number[] | readonly (readonly number[])[];

/**
 * A GFlowNet environment: a WGSL module with the dynamics and the reward, and what the host needs: sizes, exact targets and displays of
 * objects. A state has `stateWords` 32-bit words; an action is one word. `O` is the type of the objects (decoded terminal states).
 *
 * The module defines `State`, `initial_state`, `is_terminal`, `is_allowed`, `apply`, `is_undoable`, `undo`, `parent_count`, `level`,
 * `feature`, `next_feature`, `log_reward`, and, if `enumeration` is available, `state_at` and `state_index`. All paths from the initial
 * state to a given state have the same number of actions, the state's depth (`level`).
 *
 * If `actionSpace` is continuous, an action is the bits of one real coordinate as a 32-bit float. The first `horizon` words of a terminal
 * state are its actions in order, so that it has one trajectory. The module also defines `exploration_range`, the interval from which
 * exploration draws.
 *
 * `defineEnvironment` builds an environment from fewer fields, and names the declarations that its module lacks.
 */
export interface Environment<O extends SampledObject = SampledObject> {
  /** Name on the command line and in run folders. */
  readonly name: string;
  /** The parameters that reproduce this environment, as plain JSON. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** One readable line, such as `sets of 16 out of 32 items`. */
  readonly title: string;
  /** The WGSL module. */
  readonly shader: string;
  /** Further WGSL modules by their names, which the module imports as `package::NAME`. Default: none. */
  readonly modules?: Readonly<Record<string, string>>;
  /** Constants that the module imports as `constants::NAME`. */
  readonly constants: Readonly<Record<string, number>>;
  /** Number of 32-bit words of a state. */
  readonly stateWords: number;
  /** Whether actions are indices (`discrete`, the default) or real coordinates (`continuous`). */
  readonly actionSpace?: "discrete" | "continuous";
  /** Number of discrete actions; 0 if actions are coordinates. */
  readonly actions: number;
  /** Largest number of actions of a trajectory. */
  readonly horizon: number;
  /** Number of features, the inputs of a policy's network. */
  readonly features: number;
  /** The order of the features, for programs that evaluate a checkpoint without this package. */
  readonly featureOrder: string;
  /**
   * The features as channels at positions: feature p · channels + c is channel c at position p, such as symbol c of a sequence. Reward
   * networks with convolutions or an embedding need this. Default: the features have no positions.
   */
  readonly featureGrid?: { readonly channels: number; readonly positions: number };
  /** The module's `environment_data`. */
  readonly data: Float32Array;
  /** Number of states, if the module numbers them and all can be visited. */
  readonly enumeration: Capability<number>;
  /** log Z = log Σ_x R(x). */
  readonly exactLogZ: Capability<number>;
  /** Draws `count` objects exactly from R/Z, as states of `stateWords` words each. */
  readonly exactSampling: Capability<(count: number, seed: number) => Uint32Array>;
  /**
   * log R from which an object counts as a mode of the target; absent if the highest reward is unknown. It is log of half the highest
   * reward, unless the target has plateaus or components; each environment's factory documents it.
   */
  readonly modeThreshold?: number;
  /**
   * The index of the mode that a state belongs to, or the indices of several modes. Points need it, because two samples are never equal.
   * Default: every object that reaches {@link modeThreshold} is a separate mode.
   */
  readonly modeOf?: (state: Uint32Array) => number | readonly number[];
  /**
   * States of a benchmark's test set, one after another. Full evaluations measure the rank correlation of log p_T with log R on them.
   * Default: none.
   */
  readonly testSet?: () => Uint32Array;
  /** Whether every object has exactly one trajectory, so that p_B = 1. True if actions are coordinates. Default false. */
  readonly singleTrajectory?: boolean;
  /**
   * The stop action, if every state may stop: it is allowed at every state that is not terminal, only it leads to terminal states, and
   * `apply(s, stop)` is the state s as an object. Losses with the reward of every intermediate state (`mdb`, and `db` and `subtb` with
   * `forwardLooking`) need it. Default: states may not stop.
   */
  readonly stop?: number;
  /**
   * Number of leaves, if states are forests that grow by joining two trees. Graph networks need it. The module then also defines
   * `LEAVES`, `PAIRS`, `pair_of`, `action_of` and `join_order`; see `shaders/envs/phylogenetics.wgsl`.
   */
  readonly leaves?: number;
  /** Converts the words of a terminal state into a plain object. */
  decode(state: Uint32Array): O;
  /**
   * The inverse of `decode`: the words of an object's terminal state. It is needed for objects given as data. It must check its argument,
   * which may come from a file, and throw a WebgfnError `argument` that says why the environment cannot reach the object.
   */
  encode?(object: O): Uint32Array;
  /** How objects are shown: as text, as arrays, step by step, in pictures. */
  readonly objects: ObjectDisplay<O>;
  /** Facts about a reward of `withReward`. Absent for the environment's own reward. */
  readonly rewardFacts?: RewardFacts;
  /** Default options for a table of rewards on this environment, unless the table's numbers are log R. Default: none. */
  readonly tableDefaults?: TableOptions;
  /** log of the data's marginal likelihood = log Z + this, for an R that is a likelihood times a prior. */
  readonly marginalOffset?: number;
  /** The environment with its own reward, if {@link rewardFacts} describes another reward. */
  readonly withoutReward?: Environment<O>;
  /** The reward, if the host evaluates it. The module's log R is then 0, and rollouts insert the host's values. */
  readonly hostReward?: HostEvaluation;
  /** The reward, if the host has evaluated it for every object, so that it is now a table. */
  readonly evaluatedReward?: HostEvaluation;
  /** Default training settings on this environment. */
  readonly defaults: TrainingDefaults;
}
