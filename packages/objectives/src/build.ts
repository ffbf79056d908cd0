import type { Parameters, ParameterValue } from "@webgfn/tensor";
import { argumentError, parameterValues, type ValuesOf, withValues } from "@webgfn/tensor/internal";
import type { BalanceLoss, Divergence, Objective } from "./objective.js";

/** Most numbers that an objective hands to the GPU: `Replica.parameters` in `shaders/sampler/replica.wgsl` has this many. */
const MOST_NUMBERS = 8;

/** An objective without what follows from its declaration. */
type Variant = Omit<Divergence, "name" | "parameters" | "with"> | Omit<BalanceLoss, "name" | "parameters" | "with">;

/** Values that an objective's maker takes: any of its parameters, each with a default. */
export type Options<Declared extends Parameters> = { readonly [Name in keyof Declared]?: ValuesOf<Declared>[Name] | undefined };

/**
 * An objective from its declared parameters. The rest of it is a function of their values, so that a parameter may choose another
 * WGSL module or estimator.
 *
 * @throws WebgfnError `argument` for a value that breaks its rule, or more numbers than the GPU's table has room for.
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
