/** How a reward is computed; `unknown` where it is not at hand, as for sampling from a checkpoint. */
export type RewardKind = "wgsl" | "table" | "network" | "host" | "unknown";

/** What an environment says of a reward that is not its own. */
export interface RewardFacts {
  /** How it is computed; `own` where only β is another one. */
  readonly kind: RewardKind | "own";
  /** One readable line. */
  readonly title: string;
  /** Inverse temperature β: the target is R^β. */
  readonly beta: number;
}

/** How often a reward was evaluated. */
export interface RewardCounts {
  /** Objects whose reward was asked for. */
  all: number;
  /** Objects that the function was given; the others were in the cache, or twice in a batch. */
  evaluated: number;
  /** Seconds that the function took. */
  seconds: number;
}

/** A reward that the host evaluates, for the objects of one environment. */
export interface HostEvaluation {
  /**
   * log R of states, [states / stateWords]. A value that is no finite number stays NaN, and {@link problem} says what came.
   *
   * @throws WebgfnError `reward` where the function fails, returns something else, or does not return in time.
   */
  evaluate(states: Uint32Array): Promise<Float32Array>;
  /** How often it was evaluated so far. */
  readonly counts: Readonly<RewardCounts>;
  /** Most objects that are evaluated at the start, where the environment can list them, so that its target is exact. */
  readonly listUpTo: number;
  /** The first value that was no finite number, in a sentence. */
  readonly problem?: string | undefined;
}
