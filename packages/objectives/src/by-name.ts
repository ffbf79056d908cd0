import type { ParameterValue } from "@webgfn/tensor";
import { argumentError, requireEntry } from "@webgfn/tensor/internal";
import {
  detailedBalance,
  flowMatching,
  maximumLikelihood,
  modifiedDetailedBalance,
  subtrajectoryBalance,
  trajectoryBalance,
  varGrad,
} from "./balance.js";
import { forwardKl, jsd, renyi, reverseKl, tsallis } from "./divergences.js";
import type { Objective } from "./objective.js";

/** Every objective of this package by its name. A new one is added here, and nowhere else. */
const OBJECTIVES = {
  "reverse-kl": reverseKl(),
  "forward-kl": forwardKl(),
  renyi: renyi(),
  tsallis: tsallis(),
  jsd: jsd(),
  tb: trajectoryBalance(),
  vargrad: varGrad(),
  db: detailedBalance(),
  subtb: subtrajectoryBalance(),
  mdb: modifiedDetailedBalance(),
  fm: flowMatching(),
  "maximum-likelihood": maximumLikelihood(),
} satisfies Readonly<Record<string, Objective>>;

/** The name of an objective of this package. */
export type ObjectiveName = keyof typeof OBJECTIVES;

/**
 * Every objective of this package with the default values of its parameters, by name.
 *
 * @example
 * ```ts
 * import { objectives } from "@webgfn/objectives";
 * const divergences = Object.values(objectives).filter(({ family }) => family === "divergence");
 * console.log(divergences.map(({ name }) => name)); // [ 'reverse-kl', 'forward-kl', 'renyi', 'tsallis', 'jsd' ]
 * ```
 */
export const objectives: Readonly<Record<string, Objective>> = OBJECTIVES;

/**
 * The names of the objectives of this package.
 *
 * @example
 * ```ts
 * import { objectiveNames } from "@webgfn/objectives";
 * console.log(objectiveNames.includes("tb"), objectiveNames.includes("renyi")); // true true
 * ```
 */
export const objectiveNames: readonly string[] = Object.keys(objectives);

/**
 * Builds an objective of this package from its name and parameter values, as configurations store them. `undefined` keeps a default.
 *
 * @throws WebgfnError `argument` for an unknown name, a parameter that the objective does not have, or a value that breaks its rule.
 *
 * @example
 * ```ts
 * import { makeObjective } from "@webgfn/objectives";
 * const objective = makeObjective("renyi", { alpha: 0.5 });
 * console.log(objective.family, objective.parameters["alpha"]?.value); // divergence 0.5
 * ```
 */
export function makeObjective(name: string, values: Readonly<Record<string, ParameterValue | undefined>> = {}): Objective {
  const found = requireEntry("an objective", objectives, name);
  for (const [parameter, value] of Object.entries(values ?? {})) {
    if (value === undefined || Object.hasOwn(found.parameters, parameter)) continue;
    const owners = Object.values(objectives).filter(({ parameters }) => Object.hasOwn(parameters, parameter));
    if (owners.length > 0) throw argumentError(`${name} has no ${parameter}; ${list(owners.map((owner) => owner.name))}`);
  }
  return found.with(values);
}

/** Names with their verb: `subtb does`, or `tb, db and subtb do`. */
function list(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length === 1 ? `${last} does` : `${names.slice(0, -1).join(", ")} and ${last} do`;
}
