import density from "@webgfn/shaders/envs/funnel.wgsl";
import { rules } from "@webgfn/tensor";
import { available } from "./capability.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import type { Environment } from "./environment.js";
import { densityOver } from "./plane.js";
import { type PointObject, pointDisplay, pointFields, pointSampling, pointShader } from "./points.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link funnel}. */
export interface FunnelParameters extends RewardOptions<PointObject<number[]>> {
  /** Number of coordinates, from 2 to 64. Default 10. */
  dimensions?: number;
  /** Standard deviation of coordinate 1, from 0.1 to 5. Default 3, as in the sampling literature; 1 is its easy version. */
  deviation?: number;
}

const PARAMETERS = {
  dimensions: { value: 10, rule: rules.whole(2, 64), help: "number of coordinates" },
  deviation: { value: 3, rule: rules.number(0.1, 5), help: "standard deviation of coordinate 1" },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 1000, hidden: [64, 64], learningRate: 3e-3, scales: [0.01, 30] };

/** From this many deviations of coordinate 1 below 0 on, the variances of the others no longer fall. A share of 1e-9 of the mass lies there. */
const FARTHEST = 6;

/**
 * Makes Neal's funnel: x_1 ~ N(0, deviation²) and, given it, x_i ~ N(0, e^{x_1}) for every other coordinate, normalised, so Z = 1. Below x_1
 * = −6 · deviation, where practically no samples lie, the variances stop falling, so that log R of an untrained policy's points stays in
 * range. There is one mode, far down the neck, where almost no mass lies. A point with at least half the density of the origin belongs to it.
 *
 * @throws WebgfnError `argument` for a number of dimensions or a deviation out of range.
 *
 * @example
 * ```ts
 * import { funnel } from "@webgfn/envs";
 * const environment = funnel({ dimensions: 10 });
 * console.log(environment.horizon, environment.stateWords, environment.exactLogZ.value); // 10 11 0
 * ```
 */
export function funnel(parameters: FunnelParameters = {}): Environment<PointObject<number[]>> {
  checkParameters("funnel", parameters, PARAMETERS);
  const { dimensions = PARAMETERS.dimensions.value, deviation = PARAMETERS.deviation.value } = parameters;
  const logNormaliser = Math.log(deviation) + (dimensions / 2) * Math.log(2 * Math.PI);
  const title = `funnel of ${dimensions} dimensions`;
  return withReward(
    {
      ...pointFields<number[]>(dimensions, title),
      name: "funnel",
      parameters: { dimensions, deviation },
      title,
      shader: pointShader(density),
      constants: {},
      // The others' deviations reach e^{3 · deviation / 2} within three deviations of coordinate 1.
      data: Float32Array.of(deviation, logNormaliser, 1 / deviation, Math.exp(-1.5 * deviation)),
      exactLogZ: available(0),
      modeThreshold: -logNormaliser - Math.LN2,
      modeOf: () => 0,
      exactSampling: pointSampling(dimensions, 0x66756e6e, (random) => {
        const first = deviation * random.normal();
        const logVariance = Math.max(first, -FARTHEST * deviation);
        return [first, ...Array.from({ length: dimensions - 1 }, () => Math.exp(logVariance / 2) * random.normal())];
      }),
      objects: pointDisplay("funnel", dimensions, dimensions === 2 ? densityOver(windowOf(deviation)) : { kind: "ranking" }),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** The part of the plane with nearly all of the mass: coordinate 2 of points whose coordinate 1 is far up lies within three deviations of it. */
function windowOf(deviation: number): [number, number, number, number] {
  const reach = 3 * Math.exp(deviation);
  return [-3 * deviation, 3 * deviation, -reach, reach];
}

/** Name, parameters, training defaults and form of the environment `funnel`. */
export const funnelDeclaration: EnvironmentDeclaration = {
  name: "funnel",
  make: funnel,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Funnel",
    summary: "The width of coordinate 2 depends on coordinate 1, which is chosen first.",
    parameters: { dimensions: 2, deviation: 1 },
    fields: [{ name: "deviation", label: "Deviation", least: 0.2, most: 2, step: 0.1 }],
  },
};
