import type { Parameters, ParameterValue } from "@webgfn/tensor";
import { argumentError, parameterValues, type ValuesOf, withValues } from "@webgfn/tensor/internal";
import type { BalanceLoss, Divergence, Objective } from "./objective.js";

/** Largest number of numeric parameters: `Replica.parameters` in `shaders/sampler/replica.wgsl` holds this many. */
const MOST_NUMBERS = 8;

/** The fields of an objective other than its name, its parameters and `with`. */
type Variant = Omit<Divergence, "name" | "parameters" | "with"> | Omit<BalanceLoss, "name" | "parameters" | "with">;

/** Options of a factory such as `renyi`: values of any of the declared parameters. Other parameters keep their defaults. */
export type Options<Declared extends Parameters> = { readonly [Name in keyof Declared]?: ValuesOf<Declared>[Name] | undefined };

/**
 * Builds an objective from its name and declared parameters. `variant` computes the other fields from the parameters' values, so that a
 * parameter may choose another WGSL module or estimator.
 *
 * @throws WebgfnError `argument` for a value that breaks its rule, or for more than eight numeric parameters.
 */
export function buildObjective<Declared extends Parameters>(
  name: string,
  declared: Declared,
  variant: (values: ValuesOf<Declared>) => Variant,
  options: object = {},
): Objective {
  const parameters = withValues(name, declared, options);
  const numbers = Object.values(parameters).filter(({ value }) => typeof value === "number");
  if (numbers.length > MOST_NUMBERS)
    throw argumentError(`${name} declares ${numbers.length} numbers; an objective has room for ${MOST_NUMBERS}`);
  const rest = variant(parameterValues(parameters));
  const reconfigured = (values: Readonly<Record<string, ParameterValue | undefined>>) => {
    const own = parameterValues(parameters) as Readonly<Record<string, ParameterValue>>;
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
    return buildObjective(name, declared, variant, { ...own, ...given });
  };
  return { name, parameters, ...rest, with: reconfigured } as Objective;
}
