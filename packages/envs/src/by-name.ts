import { unknownWord } from "@webgfn/tensor";
import { banana } from "./banana.js";
import { dags } from "./dags.js";
import type { Environment, ParameterValue } from "./environment.js";
import { gaussianMixture } from "./gaussian-mixture.js";
import { hypergrid } from "./hypergrid.js";
import { phylogenetics } from "./phylogenetics.js";
import { sequences } from "./sequences.js";
import { sets } from "./sets.js";

/** Every environment checks its parameters when it is made, kinds included; so they are taken as they come. */
// biome-ignore lint/suspicious/noExplicitAny: each maker names its own parameters
type Maker = (parameters: any) => Environment;

const MAKERS: Readonly<Record<string, Maker>> = {
  banana,
  dags,
  "gaussian-mixture": gaussianMixture,
  hypergrid,
  phylogenetics,
  sequences,
  sets,
};

export const environmentNames: readonly string[] = Object.keys(MAKERS);

/**
 * An environment from its name and parameters, as a configuration file keeps them.
 *
 * @throws WebgfnError `argument` for an unknown name or parameter.
 */
export function environment(name: string, parameters: Readonly<Record<string, ParameterValue>> = {}): Environment {
  const make = Object.hasOwn(MAKERS, name) ? MAKERS[name] : undefined;
  if (make === undefined) throw unknownWord("an environment", name, environmentNames);
  return make(parameters);
}
