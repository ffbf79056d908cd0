/** How a batch's values become coefficients; what each does is in `shaders/objectives/estimators`. */
export type EstimatorName = "none" | "loo" | "paper" | "batch-mean";

/** Importance weights divided by their batch's mean, or as they are. */
export type ImportanceWeights = "normalised" | "raw";

/**
 * A training objective: a reduction, in WGSL, from each trajectory's (log p_F, log p_B, log R) to the coefficients c_n of
 * the gradient Σ_n c_n ∇ log p_F(τ_n); or, where a flow is learned, from every transition's to coefficients of its own.
 * `defineObjective` makes one from a module of one's own.
 */
export interface Objective {
  /** Name on the command line and in run folders. */
  readonly name: string;
  /** Order of the divergence, where it has one. */
  readonly alpha?: number;
  /** Divergences take an estimator; balance losses do not. */
  readonly family: "divergence" | "balance";
  /** The WGSL module: `package::objective` of a divergence, or the whole kernel of a balance loss. */
  readonly shader: string;
  /** Numbers that the module imports as `constants::NAME`. Default none. */
  readonly constants?: Readonly<Record<string, number>>;
  /** What is used where no estimator is chosen. */
  readonly defaultEstimator: EstimatorName;
  /**
   * What is largest over the initial batch and then divided out of R for good (method §1: a constant drawn once): `reward`
   * for log R, or `weight` for log R + b − s. The size of Tsallis' gradient follows its g, that of the forward KL with raw
   * weights its w, and only the second keeps these in range.
   */
  readonly constant: "reward" | "weight";
  /** Whether a log Z is learned beside the policy. */
  readonly learnsLogZ: boolean;
  /** Whether the network also learns log F(s), for the balance of single transitions. Default false. */
  readonly learnsFlow?: boolean;
  /** λ of SubTB(λ), where the objective has one. */
  readonly lambda?: number;
  /** The forward KL's importance weights. */
  readonly weights?: ImportanceWeights;
}

/** A way to estimate a divergence's gradient from a batch (method §3). */
export interface Estimator {
  readonly name: EstimatorName;
  /** The WGSL module, `package::estimator`. */
  readonly shader: string;
  /** Gradient channels accumulated: 2 where a control variate needs Σ ∇s beside Σ (f − f̄)∇s. */
  readonly channels: 1 | 2;
  /** Smallest batch it is defined for. */
  readonly smallestBatch: number;
}
