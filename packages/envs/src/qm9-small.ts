import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import type { Environment } from "./environment.js";
import { SEED } from "./parameters.js";
import { prependAppendEnvironment } from "./prepend-append.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { SequenceObject } from "./sequences.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link qm9Small}. */
export interface Qm9SmallParameters extends RewardOptions<SequenceObject> {
  /** Seed of the synthetic reward that replaces the proxy model's. Default 0. */
  dataSeed?: number;
}

const PARAMETERS = {
  dataSeed: { value: 0, rule: SEED, help: "seed of the made-up reward, where no table is given" },
} as const satisfies ParameterDeclarations;

/** The blocks by their numbers. */
const BLOCKS = ["C", "O", "N", "C-F", "C=O", "C=C", "C#C", "c1ccccc1", "C1CCCCC1", "C1CCNC1", "CCC"];

const DEFAULTS: TrainingDefaults = { batchSize: 64, steps: 5000, hidden: [128, 128] };

/**
 * Makes QM9-small: small molecules as strings of 5 out of 11 blocks with two stems each, prepended or appended. Pass the proxy model's values
 * as `reward`, a table of all 161,051 strings with their y. By default it becomes R = 100 (max(y, 10⁻³) / y_max)⁵. Without a table the reward
 * is synthetic, like that of `prependAppend`.
 *
 * @throws WebgfnError `argument` for invalid parameters.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { qm9Small, tableReward } from "@webgfn/envs";
 * const { objects, values } = JSON.parse(await readFile("qm9.json", "utf8")); // [{ symbols: [0, 3, 10, 2, 7] }, …] and y of each
 * const environment = qm9Small({ reward: tableReward({ objects, values }) });
 * ```
 */
export function qm9Small(parameters: Qm9SmallParameters = {}): Environment<SequenceObject> {
  checkParameters("qm9-small", parameters, PARAMETERS);
  const { dataSeed = PARAMETERS.dataSeed.value } = parameters;
  const environment = prependAppendEnvironment(
    { symbols: BLOCKS.length, length: 5, dataSeed },
    {
      name: "qm9-small",
      title: "molecules of 5 out of 11 blocks",
      parameters: { dataSeed },
      letters: BLOCKS,
      tableDefaults: { scale: "linear", least: 1e-3, divideByLargest: true, exponent: 5, factor: 100 },
      defaults: DEFAULTS,
    },
  );
  return withReward(environment, parameters);
}

/** Name, parameters and training defaults of the environment `qm9-small`. */
export const qm9SmallDeclaration: EnvironmentDeclaration = {
  name: "qm9-small",
  make: qm9Small,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
};
