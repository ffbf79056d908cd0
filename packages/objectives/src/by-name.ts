import { argumentError } from "@webgfn/tensor";
import { forwardKl, renyi, reverseKl, tsallis } from "./divergences.js";
import type { Objective } from "./objective.js";
import { trajectoryBalance } from "./trajectory-balance.js";

/** Makers by the names of the command line. */
const MAKERS: Readonly<Record<string, (alpha?: number) => Objective>> = {
  "reverse-kl": withoutOrder("reverse-kl", reverseKl),
  "forward-kl": withoutOrder("forward-kl", forwardKl),
  renyi: (alpha) => renyi(alpha === undefined ? {} : { alpha }),
  tsallis: (alpha) => tsallis(alpha === undefined ? {} : { alpha }),
  tb: withoutOrder("tb", trajectoryBalance),
};

function withoutOrder(name: string, make: () => Objective): (alpha?: number) => Objective {
  return (alpha) => {
    if (alpha !== undefined) throw argumentError(`${name} has no alpha; renyi and tsallis do`);
    return make();
  };
}

export const objectiveNames: readonly string[] = Object.keys(MAKERS);

/**
 * An objective from its name and, for `renyi` and `tsallis`, its order.
 *
 * @throws WebgfnError `argument` for an unknown name, or an order that does not fit.
 */
export function objective(name: string, alpha?: number): Objective {
  const make = Object.hasOwn(MAKERS, name) ? MAKERS[name] : undefined;
  if (make === undefined) throw argumentError(`"${name}" is not an objective; choose ${objectiveNames.join(", ")}`);
  return make(alpha);
}
