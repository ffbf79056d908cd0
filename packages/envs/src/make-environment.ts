import { requireEntry } from "@webgfn/tensor/internal";
import { bananaDeclaration } from "./banana.js";
import { bitSequencesDeclaration } from "./bit-sequences.js";
import { dagsDeclaration } from "./dags.js";
import type { EnvironmentDeclaration } from "./declaration.js";
import type { Environment, ParameterValue } from "./environment.js";
import { funnelDeclaration } from "./funnel.js";
import { gaussianMixtureDeclaration } from "./gaussian-mixture.js";
import { hypergridDeclaration } from "./hypergrid.js";
import { independentSetDeclaration } from "./independent-set.js";
import { isingDeclaration } from "./ising.js";
import { knapsackDeclaration } from "./knapsack.js";
import { manyWellDeclaration } from "./many-well.js";
import { maxCutDeclaration } from "./max-cut.js";
import { perfectBinaryTreeDeclaration } from "./perfect-binary-tree.js";
import { phylogeneticsDeclaration } from "./phylogenetics.js";
import { prependAppendDeclaration } from "./prepend-append.js";
import { qm9SmallDeclaration } from "./qm9-small.js";
import { sequencesDeclaration } from "./sequences.js";
import { setsDeclaration } from "./sets.js";
import { tfbind8Declaration } from "./tfbind8.js";

/** Every environment of this package by its name. A new one is added here, and nowhere else. */
const DECLARATIONS = {
  banana: bananaDeclaration,
  "bit-sequences": bitSequencesDeclaration,
  dags: dagsDeclaration,
  funnel: funnelDeclaration,
  "gaussian-mixture": gaussianMixtureDeclaration,
  hypergrid: hypergridDeclaration,
  "independent-set": independentSetDeclaration,
  ising: isingDeclaration,
  knapsack: knapsackDeclaration,
  "many-well": manyWellDeclaration,
  "max-cut": maxCutDeclaration,
  "perfect-binary-tree": perfectBinaryTreeDeclaration,
  phylogenetics: phylogeneticsDeclaration,
  "prepend-append": prependAppendDeclaration,
  "qm9-small": qm9SmallDeclaration,
  sequences: sequencesDeclaration,
  sets: setsDeclaration,
  tfbind8: tfbind8Declaration,
} satisfies Readonly<Record<string, EnvironmentDeclaration>>;

/** The name of an environment of this package. */
export type EnvironmentName = keyof typeof DECLARATIONS;

/**
 * Every environment of this package by its name: its factory, parameters, training defaults and form.
 *
 * @example
 * ```ts
 * import { environmentDeclarations } from "@webgfn/envs";
 * const { parameters, defaults } = environmentDeclarations["hypergrid"] ?? {};
 * console.log(parameters?.["side"]?.value, parameters?.["side"]?.help); // 12 cells along each dimension
 * console.log(defaults?.batchSize, defaults?.steps); // 128 12800
 * ```
 */
export const environmentDeclarations: Readonly<Record<string, EnvironmentDeclaration>> = DECLARATIONS;

/**
 * The names of the environments of this package.
 *
 * @example
 * ```ts
 * import { environmentNames } from "@webgfn/envs";
 * console.log(environmentNames.includes("hypergrid"), environmentNames.includes("chess")); // true false
 * ```
 */
export const environmentNames: readonly string[] = Object.keys(environmentDeclarations);

/**
 * Makes an environment of this package from its name and parameters, as configurations store them.
 *
 * @throws WebgfnError `argument` for an unknown name or parameter, or an invalid value; `file` for unusable data.
 *
 * @example
 * ```ts
 * import { makeEnvironment } from "@webgfn/envs";
 * const environment = makeEnvironment("hypergrid", { dimensions: 3, side: 4 });
 * console.log(environment.title, environment.horizon); // hypergrid of side 4 in 3 dimensions 10
 * ```
 */
export function makeEnvironment(name: string, parameters: Readonly<Record<string, ParameterValue>> = {}): Environment {
  return requireEntry("an environment", environmentDeclarations, name).make(parameters);
}
