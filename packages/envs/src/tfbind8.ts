import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import type { Environment } from "./environment.js";
import { SEED } from "./parameters.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import { type SequenceObject, sequenceEnvironment } from "./sequences.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link tfbind8}. */
export interface Tfbind8Parameters extends RewardOptions<SequenceObject> {
  /** Seed of the synthetic reward that replaces measurements. Default 0. */
  dataSeed?: number;
}

const PARAMETERS = {
  dataSeed: { value: 0, rule: SEED, help: "seed of the made-up reward, where no measurements are given" },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 64, steps: 5000, hidden: [128, 128] };

/**
 * Makes TFBind8: DNA sequences of 8 bases, A, C, G and T, built base by base. Pass the measurements as `reward`, a table of all 65,536
 * sequences with their y. By default it becomes R = max(10 (y / y_max)³, 10⁻³). Without a table the reward is synthetic, like that of
 * `sequences`.
 *
 * @throws WebgfnError `argument` for invalid parameters.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { tableReward, tfbind8 } from "@webgfn/envs";
 * const { objects, values } = JSON.parse(await readFile("tfbind8.json", "utf8")); // [{ symbols: [0, 2, 1, 3, 3, 0, 1, 2] }, …] and y of each
 * const environment = tfbind8({ reward: tableReward({ objects, values }) });
 * ```
 */
export function tfbind8(parameters: Tfbind8Parameters = {}): Environment<SequenceObject> {
  checkParameters("tfbind8", parameters, PARAMETERS);
  const { dataSeed = PARAMETERS.dataSeed.value } = parameters;
  const environment = sequenceEnvironment(
    { symbols: 4, length: 8, minLength: 8, dataSeed },
    {
      name: "tfbind8",
      title: "DNA sequences of 8 bases",
      parameters: { dataSeed },
      letters: [..."ACGT"],
      tableDefaults: { scale: "linear", divideByLargest: true, exponent: 3, factor: 10, floor: 1e-3 },
      defaults: DEFAULTS,
    },
  );
  return withReward(environment, parameters);
}

/** Name, parameters and training defaults of the environment `tfbind8`. */
export const tfbind8Declaration: EnvironmentDeclaration = {
  name: "tfbind8",
  make: tfbind8,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
};
