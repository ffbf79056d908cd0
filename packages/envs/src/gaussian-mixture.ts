import density from "@webgfn/shaders/envs/gaussian_mixture.wgsl";
import { argumentError, largestOf, smallestOf } from "@webgfn/tensor/internal";
import { available } from "./capability.js";
import { chosen } from "./choosing.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import type { Environment, ParameterValue } from "./environment.js";
import { finiteNumber } from "./parameters.js";
import { plane, planeDisplay } from "./plane.js";
import { fixedRangeShader, type PointObject, pointSampling } from "./points.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link gaussianMixture}. */
export interface GaussianMixtureParameters extends RewardOptions<PointObject> {
  /** Means of the components, 1 to 256 points. Default: the paper's nine, {0, 1, 2}². */
  means?: readonly (readonly [number, number])[];
  /** Variance of every component along both coordinates. Default 0.1, the paper's. */
  variance?: number;
  /** A positive weight per component; only the ratios matter. Default: equal weights. */
  weights?: readonly number[];
}

const NINE = [0, 1, 2].flatMap((x) => [0, 1, 2].map((y) => [x, y] as const));
const MOST_MODES = 256;
/** Exploration draws from a range that extends this many standard deviations beyond the outermost means. */
const REACH = 4;

const PARAMETERS = {
  means: {
    value: NINE,
    rule: { words: `a list of 1 to ${MOST_MODES} points, such as [[0, 0], [1.5, -2]]`, accepts: isListOfPoints },
    help: "means of the components",
  },
  variance: { value: 0.1, rule: finiteNumber(1e-6), help: "variance of every component along both coordinates" },
  weights: {
    rule: { words: "a list of numbers above 0, one per mean", accepts: Array.isArray },
    help: "relative weights of the components, one per mean (default: equal weights)",
  },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 625, hidden: [64, 64] };

/**
 * Makes a mixture of Gaussians in the plane (method §4): R(x) = Σ_k weight_k N(x; mean_k, variance·I), normalised, so Z = 1.
 * Each component is a mode. A point belongs to the mode with the nearest mean if its density is at least half the peak density of the
 * component with the smallest weight.
 *
 * @throws WebgfnError `argument` for invalid means, weights or variance.
 *
 * @example
 * ```ts
 * import { gaussianMixture } from "@webgfn/envs";
 * const environment = gaussianMixture({ means: [[-1, 0], [1, 0]], weights: [0.3, 0.7], variance: 0.1 });
 * console.log(environment.title, environment.exactLogZ.value); // mixture of 2 Gaussians of variance 0.1 0
 * ```
 */
export function gaussianMixture(parameters: GaussianMixtureParameters = {}): Environment<PointObject> {
  checkParameters("gaussian-mixture", parameters, PARAMETERS);
  const { means = PARAMETERS.means.value, variance = PARAMETERS.variance.value } = parameters;
  const weights = checkedWeights(parameters.weights ?? means.map(() => 1), means.length);

  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const deviation = Math.sqrt(variance);
  const range = (axis: 0 | 1): [number, number] => {
    const centres = means.map((mean) => mean[axis]);
    return [smallestOf(centres) - REACH * deviation, largestOf(centres) + REACH * deviation];
  };
  const modes = means.flatMap(([x, y], k) => [x, y, Math.log((weights[k] as number) / total)]);
  return withReward(
    {
      ...plane,
      name: "gaussian-mixture",
      parameters: {
        means: means.map(([x, y]) => [x, y]),
        variance,
        ...(parameters.weights === undefined ? {} : { weights: [...weights] }),
      },
      title: `mixture of ${means.length} Gaussian${means.length === 1 ? "" : "s"} of variance ${variance}`,
      shader: fixedRangeShader(density),
      constants: { MODES: means.length },
      data: Float32Array.of(...range(0), ...range(1), 1 / (2 * variance), Math.log(2 * Math.PI * variance), ...modes),
      exactLogZ: available(0),
      modeThreshold: Math.log(smallestOf(weights) / total / (4 * Math.PI * variance)),
      modeOf: (state) => nearest(means, plane.decode(state).point),
      exactSampling: pointSampling(2, 0x676d6978, (random) => {
        const [x, y] = means[chosen(weights, random.uniform() * total)] as readonly [number, number];
        return [x + deviation * random.normal(), y + deviation * random.normal()];
      }),
      objects: planeDisplay("gaussian-mixture", [...range(0), ...range(1)]),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** Largest number of Gaussians in the playground. */
const MOST_EDITED = 16;
/** Weight of a spare component relative to the smallest weight in use: negligible, but above 0. */
const NEGLIGIBLE = 1e-30;

/** Adds components of negligible weight, so that the same compiled kernels serve up to `MOST_EDITED` Gaussians. */
function withSpares(parameters: Readonly<Record<string, ParameterValue>>): Readonly<Record<string, ParameterValue>> {
  const means = (parameters["means"] ?? [[0, 0]]) as [number, number][];
  const weights = (parameters["weights"] ?? means.map(() => 1)) as number[];
  const spare = Math.max(0, MOST_EDITED - means.length);
  const lightest = smallestOf(weights);
  return {
    ...parameters,
    means: [...means, ...Array.from({ length: spare }, () => means[0] ?? [0, 0])],
    weights: [...weights, ...Array.from({ length: spare }, () => NEGLIGIBLE * lightest)],
  };
}

/** Name, parameters, training defaults and form of the environment `gaussian-mixture`. */
export const gaussianMixtureDeclaration: EnvironmentDeclaration = {
  name: "gaussian-mixture",
  make: gaussianMixture,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Mixture of Gaussians",
    summary: "Points of the plane, one coordinate after the other. Drag the Gaussians while it trains.",
    parameters: { means: NINE, variance: 0.1 },
    fields: [{ name: "variance", label: "Variance", least: 0.02, most: 1, step: 0.01 }],
    editor: {
      kind: "points",
      name: "means",
      weights: "weights",
      entry: "Gaussian",
      window: [-1.5, 3.5, -1.5, 3.5],
      mostEntries: MOST_EDITED,
      spare: withSpares,
    },
  },
};

/** The index of the mean nearest to a point. */
function nearest(means: readonly (readonly [number, number])[], [x, y]: readonly [number, number]): number {
  const distances = means.map(([meanX, meanY]) => Math.hypot(x - meanX, y - meanY));
  return distances.indexOf(smallestOf(distances));
}

function isListOfPoints(means: unknown): boolean {
  const isPoint = (mean: unknown) =>
    Array.isArray(mean) && mean.length === 2 && mean.every((x) => Number.isFinite(x) && Math.abs(x) <= 1e6);
  return Array.isArray(means) && means.length >= 1 && means.length <= MOST_MODES && means.every(isPoint);
}

function checkedWeights(weights: readonly number[], count: number): readonly number[] {
  if (!Array.isArray(weights) || weights.length !== count || !weights.every((weight) => Number.isFinite(weight) && weight > 0)) {
    throw argumentError(`gaussian-mixture's weights must be ${count} numbers above 0, one per mean`);
  }
  return weights;
}
