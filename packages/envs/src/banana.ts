import density from "@webgfn/shaders/envs/banana.wgsl";
import { available } from "./capability.js";
import { checkParameters, type EnvironmentDeclaration } from "./declaration.js";
import type { Environment } from "./environment.js";
import { plane, planeDisplay } from "./plane.js";
import { fixedRangeShader, type PointObject, pointSampling } from "./points.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** The off-diagonal entry c of the covariance [[1, c], [c, 1]]. */
const CORRELATION = 0.9;
/** The ranges [x_1 low, x_1 high, x_2 low, x_2 high] within three standard deviations of u. Exploration draws from them. */
const RANGES = [-3, 3, -13, 2];
const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 1000, hidden: [64, 64] };

/**
 * The banana-shaped density (method §4): R(x) = N([x_1, x_2 + x_1² + 1]; 0, [[1, .9], [.9, 1]]), normalised, so Z = 1.
 * With u ~ N(0, Σ), x_1 = u_1 and x_2 = u_2 − u_1² − 1 are exact samples. There is one mode; a point with at least half the highest
 * density belongs to it.
 *
 * @throws WebgfnError `argument` for a reward or β that does not fit.
 *
 * @example
 * ```ts
 * import { banana } from "@webgfn/envs";
 * const environment = banana();
 * console.log(environment.actionSpace, environment.exactLogZ.value); // continuous 0
 * const state = environment.exactSampling.value?.(1, 0) ?? new Uint32Array(environment.stateWords);
 * console.log(environment.decode(state).point.map((x) => x.toFixed(3))); // [ '-0.070', '-1.066' ]
 * ```
 */
export function banana(parameters: RewardOptions<PointObject> = {}): Environment<PointObject> {
  checkParameters("banana", parameters, {});
  const rest = 1 - CORRELATION ** 2;
  return withReward(
    {
      ...plane,
      name: "banana",
      parameters: {},
      title: "banana-shaped density",
      shader: fixedRangeShader(density),
      constants: {},
      data: Float32Array.of(...RANGES, CORRELATION, 1 / (2 * rest), Math.log(2 * Math.PI * Math.sqrt(rest))),
      exactLogZ: available(0),
      modeThreshold: -Math.log(4 * Math.PI * Math.sqrt(rest)),
      modeOf: () => 0,
      exactSampling: pointSampling(2, 0x62616e61, (random) => {
        const u1 = random.normal();
        const u2 = CORRELATION * u1 + Math.sqrt(rest) * random.normal();
        return [u1, u2 - u1 ** 2 - 1];
      }),
      objects: planeDisplay("banana", [-3.5, 3.5, -9, 2.5]),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** Name, parameters, training defaults and form of the environment `banana`. */
export const bananaDeclaration: EnvironmentDeclaration = {
  name: "banana",
  make: banana,
  parameters: {},
  defaults: DEFAULTS,
  page: {
    title: "Banana",
    summary: "A bent density in the plane, one coordinate after the other.",
    parameters: {},
    fields: [],
  },
};
