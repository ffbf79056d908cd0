import { type Rule, rules } from "@webgfn/tensor";
import { requireArgument, requireRule } from "@webgfn/tensor/internal";
import type { OwnPart, Parts } from "./parts.js";

type Role = OwnPart["role"];

/** The rule of an environment object. */
export const ENVIRONMENT_RULE: Rule = rules.having(
  "an environment, such as defineEnvironment makes",
  "name",
  "shader",
  "horizon",
  "features",
  "decode",
);

/** The rule of a reward object. */
const REWARD_RULE: Rule = rules.having("a reward, such as hostReward makes", "kind", "title", "bind");

/** The rules of exports that stand for an environment, objective and so on. An environment may also be a function that makes one. */
export const PART_RULES: Readonly<Record<Role, Rule>> = {
  environment: {
    accepts: (value) => typeof value === "function" || ENVIRONMENT_RULE.accepts(value),
    words: `${ENVIRONMENT_RULE.words}, or a function that returns one`,
  },
  objective: rules.having("an objective, such as defineObjective makes", "name", "family", "wgsl", "parameters", "with"),
  policy: rules.having("a policy, such as definePolicy makes", "name", "parameters", "fit", "with"),
  estimator: rules.having("an estimator, such as defineEstimator makes", "name", "wgsl", "channels", "smallestBatch"),
  metric: rules.having("a metric, such as defineMetric makes", "name", "columns", "available", "create"),
  reward: {
    accepts: (value) => typeof value === "function" || REWARD_RULE.accepts(value),
    words: `${REWARD_RULE.words}, or a function (objects, words) => log R of each`,
  },
};

/** The role of an object, such as `objective`, recognised by its fields; `undefined` if it has none. */
export function roleOfPart(value: unknown): Role | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const roles = Object.keys(PART_RULES) as Role[];
  return roles.find((role) => PART_RULES[role].accepts(value));
}

/**
 * Checks objects that a program passes in place of names.
 *
 * @throws WebgfnError `argument` that names the role of the first invalid part.
 */
export function requireParts(parts: unknown): asserts parts is Parts {
  requireArgument.object("the parts", parts);
  const { metrics, ...others } = parts as Parts;
  for (const role of ["environment", "objective", "policy", "estimator", "reward"] as const) {
    if (others[role] !== undefined) requireRule(role, others[role], PART_RULES[role]);
  }
  if (metrics === undefined) return;
  requireArgument.list("metrics", metrics);
  for (const metric of metrics) requireRule("a metric", metric, PART_RULES.metric);
}
