import detailedBalanceSource from "@webgfn/shaders/objectives/detailed_balance.wgsl";
import subtrajectoryBalanceSource from "@webgfn/shaders/objectives/subtrajectory_balance.wgsl";
import trajectoryBalanceSource from "@webgfn/shaders/objectives/trajectory_balance.wgsl";
import varGradSource from "@webgfn/shaders/objectives/vargrad.wgsl";
import { type Rule, requireOptions } from "@webgfn/tensor";
import type { Objective } from "./objective.js";

const SHARE: Rule = {
  words: "a number above 0 and at most 1",
  accepts: (value) => typeof value === "number" && value > 0 && value <= 1,
};

const BALANCE = { family: "balance", defaultEstimator: "none", constant: "reward", learnsLogZ: false } as const;

/** Trajectory balance: mean (log Z + s − b − log R)² with a learned log Z (method §2, balance losses). */
export function trajectoryBalance(): Objective {
  return { ...BALANCE, name: "tb", shader: trajectoryBalanceSource, learnsLogZ: true };
}

/** The batch's variance of s − b − log R: trajectory balance without a log Z to learn (method §2, balance losses). */
export function varGrad(): Objective {
  return { ...BALANCE, name: "vargrad", shader: varGradSource };
}

/** Detailed balance: mean over transitions of (log F(s) + log p_F − log F(s′) − log p_B)² with a learned F, F(x) = R(x). */
export function detailedBalance(): Objective {
  return { ...BALANCE, name: "db", shader: detailedBalanceSource, learnsFlow: true };
}

/**
 * SubTB(λ): the balance of every stretch of a trajectory, weighted by λ to its length, with a learned F (method §2, balance
 * losses). λ → 0 is detailed balance per trajectory; the default is 0.9.
 *
 * @throws WebgfnError `argument` unless 0 < λ ≤ 1.
 */
export function subtrajectoryBalance(options: { lambda?: number } = {}): Objective {
  requireOptions("subtb", options, { lambda: SHARE });
  const { lambda = 0.9 } = options;
  return { ...BALANCE, name: "subtb", shader: subtrajectoryBalanceSource, learnsFlow: true, lambda };
}
