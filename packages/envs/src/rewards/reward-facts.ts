/** How a reward is computed; `unknown` if it is not available, for example when sampling from a checkpoint. */
export type RewardKind = "wgsl" | "table" | "network" | "host" | "unknown";

/** Facts about a reward that is not the environment's own. */
export interface RewardFacts {
  /** How it is computed; `own` if only β differs. */
  readonly kind: RewardKind | "own";
  /** One readable line. */
  readonly title: string;
  /** Inverse temperature β: the target is R^β. */
  readonly beta: number;
}

/** How often a reward was evaluated. */
export interface RewardCounts {
  /** Objects whose reward was requested. */
  all: number;
  /** Objects that the function was called with; the others were in the cache or repeated in a batch. */
  evaluated: number;
  /** Seconds that the function took. */
  seconds: number;
}

/** A reward that the host evaluates, for the objects of one environment. */
export interface HostEvaluation {
  /**
   * log R of states, [states / stateWords]. A value that is not a finite number becomes NaN, and {@link problem} describes it.
   *
   * @throws WebgfnError `reward` if the function fails, returns something else, or times out.
   */
  evaluate(states: Uint32Array): Promise<Float32Array>;
  /** Numbers of evaluations so far. */
  readonly counts: Readonly<RewardCounts>;
  /** If the environment can list its objects and there are at most this many, all are evaluated at the start, so that the target is exact. */
  readonly listUpTo: number;
  /** A sentence about the first value that was not a finite number. */
  readonly problem?: string | undefined;
}
