import squareStretches from "@webgfn/shaders/objectives/balance/square_stretches.wgsl";
import states from "@webgfn/shaders/objectives/balance/states.wgsl";
import stretches from "@webgfn/shaders/objectives/balance/stretches.wgsl";
import trajectories from "@webgfn/shaders/objectives/balance/trajectories.wgsl";
import transitions from "@webgfn/shaders/objectives/balance/transitions.wgsl";
import detailedBalanceSource from "@webgfn/shaders/objectives/detailed_balance.wgsl";
import flowMatchingSource from "@webgfn/shaders/objectives/flow_matching.wgsl";
import negative from "@webgfn/shaders/objectives/losses/negative.wgsl";
import maximumLikelihoodSource from "@webgfn/shaders/objectives/maximum_likelihood.wgsl";
import modifiedDetailedBalanceSource from "@webgfn/shaders/objectives/modified_detailed_balance.wgsl";
import subtrajectoryBalanceSource from "@webgfn/shaders/objectives/subtrajectory_balance.wgsl";
import trajectoryBalanceSource from "@webgfn/shaders/objectives/trajectory_balance.wgsl";
import varGradSource from "@webgfn/shaders/objectives/vargrad.wgsl";
import { type Rule, rules } from "@webgfn/tensor";
import { buildObjective, type Options } from "./build.js";
import { findLoss, LOSS_PARAMETERS } from "./losses.js";
import type { BalanceLoss, Hosted } from "./objective.js";
import { isOfBatch, type Weighting, weightings } from "./weighting.js";

const SHARE: Rule = {
  words: "a number above 0 and at most 1",
  accepts: (value) => typeof value === "number" && value > 0 && value <= 1,
};

const BALANCE = { family: "balance", sampling: "any", constant: "reward" } as const;

const FORWARD_LOOKING = {
  value: false,
  rule: rules.oneOf(true, false),
  help: "whether log F(s) is log R(s) plus what is learned; needs an environment in which every state may stop",
};

/** The kind of log F(s) that the parameter `forwardLooking` selects. */
const flowBy = (forwardLooking: boolean) => (forwardLooking ? "forward-looking" : "learned");

/** log F(s) + log p_F(s′ | s) − log F(s′) − log p_B(s | s′), with F(x) = R(x) / r̄. */
const flowResidual = (logFlow: number, logForward: number, nextLogFlow: number, logBackward: number) =>
  logFlow + logForward - nextLogFlow - logBackward;

/**
 * The WGSL module that turns residuals of this kind into coefficients; see `shaders/objectives/balance`. For squared residuals of stretches
 * that are weighed within their trajectory, it takes linear time.
 */
export function harnessOf(
  residual: Exclude<BalanceLoss["residual"], "state">,
  loss: string,
  weighting: Weighting = "geometric-within",
): string {
  if (residual === "trajectory") return trajectories;
  if (residual === "transition") return transitions;
  return loss === "square" && !isOfBatch(weighting) ? squareStretches : stretches;
}

/**
 * Trajectory balance: mean g(log Z + s − b − log R) with s = log p_F(τ), b = log p_B(τ | x), a learned log Z and by default g(d) = d²
 * (method §2, balance losses; Malkin and others, NeurIPS 2022).
 *
 * @param options `loss`: g, one of `square`, `huber`, `cosh` and `linex`, default `square`. `delta`: Huber's δ, default 1. `skew`: a of Linex,
 *   default 1.
 * @throws WebgfnError `argument` for a value that breaks its parameter's rule.
 *
 * @example
 * ```ts
 * import { trajectoryBalance } from "@webgfn/objectives";
 * const objective = trajectoryBalance({ loss: "huber", delta: 1 });
 * console.log(objective.residual, objective.learns); // trajectory [ 'log-z' ]
 * ```
 */
export function trajectoryBalance(options: Options<typeof LOSS_PARAMETERS> = {}): Hosted<BalanceLoss> {
  return buildObjective(
    "tb",
    LOSS_PARAMETERS,
    (values) => {
      const { wgsl: loss, host } = findLoss(values);
      const residual = (logWeight: number, logZ: number) => logZ - logWeight;
      return {
        ...BALANCE,
        wgsl: trajectoryBalanceSource,
        residual: "trajectory",
        harness: trajectories,
        loss,
        learns: ["log-z"],
        host: { ...host, residual },
      };
    },
    options,
  ) as Hosted<BalanceLoss>;
}

/**
 * VarGrad: the variance over the batch of s − b − log R, with s = log p_F(τ) and b = log p_B(τ | x). It is trajectory balance without a
 * learned log Z (method §2, balance losses; Richter and others, NeurIPS 2020). It has no options.
 *
 * @example
 * ```ts
 * import { varGrad } from "@webgfn/objectives";
 * console.log(varGrad().learns, varGrad().smallestBatch); // [] 2
 * ```
 */
export function varGrad(options: Record<never, never> = {}): Hosted<BalanceLoss> {
  const { wgsl: loss, host } = findLoss({ loss: "square", delta: 1, skew: 1 });
  const residual = (logWeight: number, _logZ: number, meanLogWeight: number) => meanLogWeight - logWeight;
  return buildObjective(
    "vargrad",
    {},
    () => ({
      ...BALANCE,
      smallestBatch: 2,
      wgsl: varGradSource,
      residual: "trajectory",
      harness: trajectories,
      loss,
      learns: [],
      host: { ...host, residual },
    }),
    options,
  ) as Hosted<BalanceLoss>;
}

/**
 * Maximum likelihood of given objects, such as a data set: minus the mean of s − b over trajectories τ ~ p_B(· | x) to the objects x, with
 * s = log p_F(τ) and b = log p_B(τ | x). This is an upper bound of the mean of −log p_T(x). It needs no reward, and fits the objects'
 * distribution instead of R/Z. All trajectories must come from given objects: source `objects` or `target` (method §5.2).
 *
 * @example
 * ```ts
 * import { encodeObjects, maximumLikelihood, openDevice, sets, Trainer } from "webgfn";
 * const environment = sets({ items: 5, size: 2 });
 * const objects = encodeObjects(environment, [{ items: [0, 1] }, { items: [0, 1] }, { items: [2, 4] }]);
 * const device = await openDevice();
 * const trainer = await Trainer.create(device, { environment, objective: maximumLikelihood(), source: "objects", objects });
 * await trainer.train(20);
 * device.dispose();
 * ```
 */
export function maximumLikelihood(options: Record<never, never> = {}): Hosted<BalanceLoss> {
  const residual = (logWeight: number, _logZ: number, _meanLogWeight: number, logReward: number) => logReward - logWeight;
  return buildObjective(
    "maximum-likelihood",
    {},
    () => ({
      ...BALANCE,
      sampling: "given",
      wgsl: maximumLikelihoodSource,
      residual: "trajectory",
      harness: trajectories,
      loss: negative,
      learns: [],
      host: { loss: (d: number) => -d, slope: () => -1, residual },
    }),
    options,
  ) as Hosted<BalanceLoss>;
}

const DB_PARAMETERS = { ...LOSS_PARAMETERS, forwardLooking: FORWARD_LOOKING };

/**
 * Detailed balance: mean over transitions of g(log F(s) + log p_F − log F(s′) − log p_B) with a learned F, F(x) = R(x), and by default g(d) =
 * d² (method §2, balance losses; Bengio and others, JMLR 2023). With `forwardLooking`, log F(s) is log R(s) plus a learned term (Pan and
 * others, ICML 2023).
 *
 * @param options `loss`: g, one of `square`, `huber`, `cosh` and `linex`, default `square`. `delta`: Huber's δ, default 1. `skew`: a of Linex,
 *   default 1. `forwardLooking`: whether log F(s) is log R(s) plus what is learned, default false.
 * @throws WebgfnError `argument` for a value that breaks its parameter's rule.
 *
 * @example
 * ```ts
 * import { detailedBalance } from "@webgfn/objectives";
 * const objective = detailedBalance({ forwardLooking: true, loss: "huber" });
 * console.log(objective.residual, objective.learns); // transition [ 'flow' ]
 * ```
 */
export function detailedBalance(options: Options<typeof DB_PARAMETERS> = {}): Hosted<BalanceLoss> {
  return buildObjective(
    "db",
    DB_PARAMETERS,
    (values) => {
      const { wgsl: loss, host } = findLoss(values);
      return {
        ...BALANCE,
        wgsl: detailedBalanceSource,
        residual: "transition",
        flow: flowBy(values.forwardLooking),
        harness: transitions,
        loss,
        learns: ["flow"],
        host: { ...host, residual: flowResidual },
      };
    },
    options,
  ) as Hosted<BalanceLoss>;
}

const MDB_PARAMETERS = { ...LOSS_PARAMETERS, loss: { ...LOSS_PARAMETERS.loss, value: "huber" } };

/**
 * Modified detailed balance, for environments in which every state s is an object of reward R(s) and has a stop action: mean over the
 * transitions other than stops of g(log R(s) + log p_F(s′ | s) + log p_F(stop | s′) − log R(s′) − log p_B(s | s′) − log p_F(stop | s)). It is
 * detailed balance with log F(s) = log R(s) − log p_F(stop | s), so that neither a flow nor log Z is learned. The default g is Huber's loss
 * with δ = 1 (method §2, balance losses; Deleu and others, UAI 2022).
 *
 * @param options `loss`: g, one of `square`, `huber`, `cosh` and `linex`, default `huber`. `delta`: Huber's δ, default 1. `skew`: a of Linex,
 *   default 1.
 * @throws WebgfnError `argument` for a value that breaks its parameter's rule.
 *
 * @example
 * ```ts
 * import { modifiedDetailedBalance } from "@webgfn/objectives";
 * const objective = modifiedDetailedBalance({ delta: 2 });
 * console.log(objective.residual, objective.learns, objective.parameters["loss"]?.value); // transition [] huber
 * ```
 */
export function modifiedDetailedBalance(options: Options<typeof MDB_PARAMETERS> = {}): Hosted<BalanceLoss> {
  return buildObjective(
    "mdb",
    MDB_PARAMETERS,
    (values) => {
      const { wgsl: loss, host } = findLoss(values);
      return {
        ...BALANCE,
        wgsl: modifiedDetailedBalanceSource,
        residual: "transition",
        flow: "stop",
        harness: transitions,
        loss,
        learns: [],
        host: { ...host, residual: flowResidual },
      };
    },
    options,
  ) as Hosted<BalanceLoss>;
}

/**
 * Flow matching, for discrete actions: the network's outputs at a state s are log F(s → s′) along each edge out of s, and the policy is their
 * softmax. The loss is the mean over all states of trajectories except the initial one of g(log of the flow into s − log of the flow out of
 * s), with R(x) as the flow out of an object x, and by default g(d) = d². The flow into s needs the network's outputs at every parent of s,
 * so a step costs several evaluations per transition. log Z is the log of the flow out of the initial state. Only the policy is learned
 * (method §2, balance losses).
 *
 * @param options `loss`: g, one of `square`, `huber`, `cosh` and `linex`, default `square`. `delta`: Huber's δ, default 1. `skew`: a of Linex,
 *   default 1.
 * @throws WebgfnError `argument` for a value that breaks its parameter's rule.
 *
 * @example
 * ```ts
 * import { flowMatching } from "@webgfn/objectives";
 * const objective = flowMatching({ loss: "huber", delta: 1 });
 * console.log(objective.residual, objective.learns); // state []
 * ```
 */
export function flowMatching(options: Options<typeof LOSS_PARAMETERS> = {}): Hosted<BalanceLoss> {
  return buildObjective(
    "fm",
    LOSS_PARAMETERS,
    (values) => {
      const { wgsl: loss, host } = findLoss(values);
      const residual = (logInflow: number, logOutflow: number) => logInflow - logOutflow;
      return {
        ...BALANCE,
        wgsl: flowMatchingSource,
        residual: "state",
        harness: states,
        loss,
        learns: [],
        host: { ...host, residual },
      };
    },
    options,
  ) as Hosted<BalanceLoss>;
}

const SUBTB_PARAMETERS = {
  lambda: { value: 0.9, rule: SHARE, help: "subtb weighs a subtrajectory of n transitions by lambda^n" },
  weighting: {
    value: "geometric-within",
    rule: rules.oneOf(...weightings),
    help: "how subtb weighs subtrajectories: geometric-within (by lambda^n within each trajectory), equal-within, geometric or equal (over the batch)",
  },
  ...LOSS_PARAMETERS,
  forwardLooking: FORWARD_LOOKING,
};

/**
 * Subtrajectory balance, SubTB(λ): the balance of every subtrajectory, weighted by λ^n for n transitions, with a learned F (method §2,
 * balance losses; Madan and others, ICML 2023). λ → 0 is detailed balance per trajectory; the default is 0.9. `weighting` selects whether
 * subtrajectories (stretches) are weighed within their trajectory or over the batch, and by λ^n or equally; see {@link Weighting}. With
 * `forwardLooking`, log F(s) is log R(s) plus a learned term.
 *
 * @param options `lambda`: λ, above 0 and at most 1, default 0.9. `weighting`: `geometric-within` (default), `equal-within`, `geometric` or
 *   `equal`. `loss`: g, one of `square`, `huber`, `cosh` and `linex`, default `square`. `delta`: Huber's δ, default 1. `skew`: a of Linex,
 *   default 1. `forwardLooking`: whether log F(s) is log R(s) plus what is learned, default false.
 * @throws WebgfnError `argument` unless 0 < λ ≤ 1, or for another value that breaks its parameter's rule.
 *
 * @example
 * ```ts
 * import { subtrajectoryBalance } from "@webgfn/objectives";
 * const objective = subtrajectoryBalance({ lambda: 0.8 });
 * console.log(objective.residual, objective.learns, objective.parameters["weighting"]?.value); // stretch [ 'flow' ] geometric-within
 * ```
 */
export function subtrajectoryBalance(options: Options<typeof SUBTB_PARAMETERS> = {}): Hosted<BalanceLoss> {
  return buildObjective(
    "subtb",
    SUBTB_PARAMETERS,
    (values) => {
      const { wgsl: loss, host } = findLoss(values);
      const weighting = values.weighting as Weighting;
      return {
        ...BALANCE,
        wgsl: subtrajectoryBalanceSource,
        residual: "stretch",
        flow: flowBy(values.forwardLooking),
        weighting,
        harness: harnessOf("stretch", values.loss, weighting),
        loss,
        learns: ["flow"],
        host: { ...host, residual: flowResidual, decay: values.lambda },
      };
    },
    options,
  ) as Hosted<BalanceLoss>;
}
