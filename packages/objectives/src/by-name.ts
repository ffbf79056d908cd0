import { argumentError, requireKnown, unknownWord } from "@webgfn/tensor";
import { detailedBalance, subtrajectoryBalance, trajectoryBalance, varGrad } from "./balance.js";
import { forwardKl, renyi, reverseKl, tsallis } from "./divergences.js";
import type { ImportanceWeights, Objective } from "./objective.js";

/** What an objective may be told. */
export interface ObjectiveOptions {
  /** Order of `renyi` and `tsallis`. */
  alpha?: number;
  /** λ of `subtb`. */
  lambda?: number;
  /** Importance weights of `forward-kl`. */
  weights?: ImportanceWeights;
}

/** Makers by the names of the command line, with the options that they take. */
const MAKERS: Readonly<Record<string, { make: (options: ObjectiveOptions) => Objective; takes?: keyof ObjectiveOptions }>> = {
  "reverse-kl": { make: reverseKl },
  "forward-kl": { make: forwardKl, takes: "weights" },
  renyi: { make: renyi, takes: "alpha" },
  tsallis: { make: tsallis, takes: "alpha" },
  tb: { make: trajectoryBalance },
  vargrad: { make: varGrad },
  db: { make: detailedBalance },
  subtb: { make: subtrajectoryBalance, takes: "lambda" },
};

const OWNERS: Readonly<Record<keyof ObjectiveOptions, string>> = {
  alpha: "renyi and tsallis do",
  lambda: "subtb does",
  weights: "forward-kl does",
};

export const objectiveNames: readonly string[] = Object.keys(MAKERS);

/**
 * An objective from its name and what it takes: `renyi` and `tsallis` an order, `subtb` a λ, `forward-kl` its weights.
 *
 * @throws WebgfnError `argument` for an unknown name, or an option that does not fit.
 */
export function objective(name: string, options: ObjectiveOptions = {}): Objective {
  const maker = Object.hasOwn(MAKERS, name) ? MAKERS[name] : undefined;
  if (maker === undefined) throw unknownWord("an objective", name, objectiveNames);
  requireKnown("an objective", "option", options, Object.keys(OWNERS));
  for (const option of Object.keys(OWNERS) as (keyof ObjectiveOptions)[]) {
    if (options[option] !== undefined && option !== maker.takes) throw argumentError(`${name} has no ${option}; ${OWNERS[option]}`);
  }
  const own = maker.takes === undefined ? undefined : options[maker.takes];
  return maker.make(own === undefined ? {} : { [maker.takes as string]: own });
}
