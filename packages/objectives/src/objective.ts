import type { Parameter, ParameterValue } from "@webgfn/tensor";
import type { Estimator } from "./estimator.js";
import type { BalanceHost, DivergenceHost } from "./host.js";
import type { Weighting } from "./weighting.js";

/** Importance weights of the forward KL: `normalised` by their batch mean, or `raw`. */
export type ImportanceWeights = "normalised" | "raw";

/** Quantities that an objective learns in addition to the policy: log Z, or the flow log F(s) through every state. */
export type Learned = "log-z" | "flow";

/**
 * The kind of log F(s) in a loss over transitions or subtrajectories:
 *
 * - `learned`: an output of the network;
 * - `forward-looking`: log R(s) plus an output of the network, where R(s) is the reward of s as an object;
 * - `stop`: log R(s) − log p_F(stop | s). Nothing is learned.
 *
 * The last two need an environment in which every state may stop; see `Environment.stop`.
 */
export type FlowKind = "learned" | "forward-looking" | "stop";

interface ObjectiveBase {
  /** Name on the command line and in run folders. */
  readonly name: string;
  /** The WGSL module `package::objective`. */
  readonly wgsl: string;
  /**
   * Parameters by name, with their current values. WGSL reads a numeric parameter through a function of its name:
   * `import package::parameters::alpha;`, then `alpha(settings)`.
   */
  readonly parameters: Readonly<Record<string, Parameter>>;
  /**
   * `on-policy`: the gradient is right only for trajectories that the current policy sampled. `any`: it is right for all trajectories.
   * `given`: it is right only for trajectories to given objects.
   */
  readonly sampling: "on-policy" | "any" | "given";
  /** Quantities learned in addition to the policy. */
  readonly learns: readonly Learned[];
  /** The smallest batch with a gradient other than 0: 2 if a trajectory is compared with the mean of its batch. Default 1. */
  readonly smallestBatch?: number;
  /** A warning, as a sentence, if these parameter values are known to train badly. */
  readonly caution?: string;
  /**
   * How the constant r̄ that divides all rewards follows from an initial batch (method §1): `reward` takes the largest log R,
   * `weight` the largest log R + b − s, which keeps unnormalised importance weights in range.
   */
  readonly constant: "reward" | "weight";
}

/** Values of parameters by name; `undefined` keeps the current value. */
type NewValues = Readonly<Record<string, ParameterValue | undefined>>;

/** A divergence between p_F and p_B: its gradient is scale · E[∇f + f∇s] (method §2), estimated by an {@link Estimator}. */
export interface Divergence extends ObjectiveBase {
  /** Tells it from a balance loss. */
  readonly family: "divergence";
  /** The same divergence with other values of its parameters. @throws WebgfnError `argument` for a value that breaks its rule. */
  with(values: NewValues): Divergence;
  /** The estimator that training uses unless the options name another one. */
  readonly defaultEstimator: Estimator;
  /**
   * Whether f depends on Z. log Z, learned or estimated from the batch, is then subtracted from every exponent. The module defines `term`, a
   * trajectory's term of the reported loss, in place of `shift`. Default false.
   */
  readonly normalised?: boolean;
  /** The module's functions in float64. Without them `variance` and exact gradients are not available. */
  readonly host?: DivergenceHost;
}

/** A balance loss: the mean of g(d) over residuals d. It takes no estimator. */
export interface BalanceLoss extends ObjectiveBase {
  /** Tells it from a divergence. */
  readonly family: "balance";
  /** The same loss with other values of its parameters. @throws WebgfnError `argument` for a value that breaks its rule. */
  with(values: NewValues): BalanceLoss;
  /** One residual per trajectory, per transition, per stretch (every subtrajectory of a trajectory), or per state (flow matching). */
  readonly residual: "trajectory" | "transition" | "stretch" | "state";
  /** The kind of log F(s), for residuals of transitions or stretches. Default `learned`. */
  readonly flow?: FlowKind;
  /** How stretches are weighed, for residuals of stretches. Default `geometric-within`. */
  readonly weighting?: Weighting;
  /** The WGSL module `package::harness`, which turns residuals into coefficients. */
  readonly harness: string;
  /** The WGSL module `package::loss`, which defines g and its derivative. */
  readonly loss: string;
  /** The residual and g in float64. */
  readonly host?: BalanceHost;
}

/**
 * A training objective: a WGSL reduction from a batch of trajectories τ_n to the coefficients c_n of the gradient
 * Σ_n c_n ∇log p_F(τ_n). An objective with a flow has coefficients per transition instead.
 *
 * `defineObjective` builds one from a WGSL module.
 */
export type Objective = Divergence | BalanceLoss;

/** An objective with its functions in float64. Every objective of this package has them. */
export type Hosted<O extends Objective> = O & { readonly host: NonNullable<O["host"]> };
