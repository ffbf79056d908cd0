import { argumentError } from "@webgfn/tensor";
import type { Environment } from "./environment.js";
import { hypergrid } from "./hypergrid.js";
import { sets } from "./sets.js";

type Maker = (parameters: Record<string, number>) => Environment;

const MAKERS: Readonly<Record<string, Maker>> = { hypergrid, sets };

export const environmentNames: readonly string[] = Object.keys(MAKERS);

/**
 * An environment from its name and parameters, as a configuration file keeps them.
 *
 * @throws WebgfnError `argument` for an unknown name or parameter.
 */
export function environment(name: string, parameters: Record<string, number> = {}): Environment {
  const make = Object.hasOwn(MAKERS, name) ? MAKERS[name] : undefined;
  if (make === undefined) throw argumentError(`"${name}" is not an environment; choose ${environmentNames.join(", ")}`);
  return make(parameters);
}
