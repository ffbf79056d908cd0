import density from "@webgfn/shaders/envs/many_well.wgsl";
import { type RandomStream, rules } from "@webgfn/tensor";
import { available } from "./capability.js";
import { chosenOfMany } from "./choosing.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import type { Environment } from "./environment.js";
import { densityOver } from "./plane.js";
import { fixedRangeShader, type PointObject, pointDisplay, pointFields, pointSampling } from "./points.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link manyWell}. */
export interface ManyWellParameters extends RewardOptions<PointObject<number[]>> {
  /** Number of coordinates, an even number from 2 to 64. Default 32. */
  dimensions?: number;
}

const EVEN = rules.whole(2, 64);
const PARAMETERS = {
  dimensions: {
    value: 32,
    rule: { words: "an even number from 2 to 64", accepts: (value: unknown) => EVEN.accepts(value) && (value as number) % 2 === 0 },
    help: "number of coordinates, two per double well",
  },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 1000, hidden: [64, 64], objective: "reverse-kl", learningRate: 3e-3 };

/** Ranges of the coordinates of a pair, from which exploration draws. Less than 1e-4 of a pair's mass lies outside. */
const RANGES = [-2.75, 2.75, -4, 4];

/** log R of the first coordinate of a pair. */
const logWell = (a: number) => ((6 - a * a) * a + 0.5) * a;
/** The bottom of the left well, the shallower one: the least root of d/da logWell = −4a³ + 12a + ½. */
const LEFT_BOTTOM = -1.710829;

/** The interval with the mass of the first coordinate in float64, in cells for quadrature and inversion. */
const HALF_WIDTH = 4;
const CELLS = 4096;
const CELL = (2 * HALF_WIDTH) / CELLS;

/** Integrals of e^{logWell} up to the end of each cell, by the midpoint rule, which is exact to rounding for such a density. */
function cumulative(): Float64Array {
  const ends = new Float64Array(CELLS);
  let sum = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    sum += CELL * Math.exp(logWell((cell + 0.5) * CELL - HALF_WIDTH));
    ends[cell] = sum;
  }
  return ends;
}

/**
 * Makes many wells: log R(x) = Σ over pairs (a, b) of coordinates of −a⁴ + 6a² + a/2 − b²/2. Each pair is a double well with 85 % of its mass
 * at a ≈ 1.75 and the rest at a ≈ −1.71. So n coordinates have 2^{n/2} modes, one for each choice of the signs of all a. log Z is n/2 times
 * the logarithm of a one-dimensional integral. A point belongs to the mode of its signs if its log R is at least log R at the bottom of the
 * lowest mode, minus n.
 *
 * @throws WebgfnError `argument` for a number of dimensions that is odd or out of range.
 *
 * @example
 * ```ts
 * import { manyWell } from "@webgfn/envs";
 * console.log(manyWell({ dimensions: 32 }).exactLogZ.value?.toFixed(4)); // 164.6957
 * ```
 */
export function manyWell(parameters: ManyWellParameters = {}): Environment<PointObject<number[]>> {
  checkParameters("many-well", parameters, PARAMETERS);
  const { dimensions = PARAMETERS.dimensions.value } = parameters;
  const pairs = dimensions / 2;
  const title = `many wells of ${dimensions} dimensions`;
  const fields = pointFields<number[]>(dimensions, title);
  const ends = cumulative();
  const mass = ends[CELLS - 1] as number;
  return withReward(
    {
      ...fields,
      name: "many-well",
      parameters: { dimensions },
      title,
      shader: fixedRangeShader(density),
      constants: {},
      data: Float32Array.from(Array.from({ length: pairs }, () => RANGES).flat()),
      exactLogZ: available(pairs * (Math.log(mass) + Math.log(2 * Math.PI) / 2)),
      modeThreshold: pairs * logWell(LEFT_BOTTOM) - dimensions,
      modeOf: (state) => fields.decode(state).point.reduce((mode, x, k) => (k % 2 === 0 && x > 0 ? mode + 2 ** (k / 2) : mode), 0),
      exactSampling: pointSampling(dimensions, 0x77656c6c, (random) =>
        Array.from({ length: pairs }, () => [drawFirst(ends, random), random.normal()]).flat(),
      ),
      objects: pointDisplay("many-well", dimensions, dimensions === 2 ? densityOver([-2.75, 2.75, -3.5, 3.5]) : { kind: "ranking" }),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** Draws the first coordinate of a pair by inverting the cumulative integrals, linearly within a cell. */
function drawFirst(ends: Float64Array, random: RandomStream): number {
  const at = random.uniform() * (ends[CELLS - 1] as number);
  const cell = chosenOfMany(ends, at);
  const start = cell === 0 ? 0 : (ends[cell - 1] as number);
  return (cell + (at - start) / ((ends[cell] as number) - start)) * CELL - HALF_WIDTH;
}

/** Name, parameters, training defaults and form of the environment `many-well`. */
export const manyWellDeclaration: EnvironmentDeclaration = {
  name: "many-well",
  make: manyWell,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Double well",
    summary: "Two wells of unequal mass in the plane, one coordinate after the other.",
    parameters: { dimensions: 2 },
    fields: [],
  },
};
