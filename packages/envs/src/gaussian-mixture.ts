import density from "@webgfn/shaders/envs/gaussian_mixture.wgsl";
import { argumentError } from "@webgfn/tensor";
import { chosen } from "./choosing.js";
import { available, type Environment } from "./environment.js";
import { finiteNumber, knownParameters } from "./parameters.js";
import { plane, planeShader, pointSampling } from "./plane.js";

export interface GaussianMixtureParameters {
  /** Means of the components, 1 to 256 points. Default the paper's nine, {0, 1, 2}². */
  means?: readonly (readonly [number, number])[];
  /** Variance of every component along both coordinates. Default 0.1, the paper's. */
  variance?: number;
  /** A positive number per component; only their ratios count. Default all alike. */
  weights?: readonly number[];
}

const NINE = [0, 1, 2].flatMap((x) => [0, 1, 2].map((y) => [x, y] as const));
const MOST_MODES = 256;
/** Exploration reaches this many standard deviations beyond the outermost means. */
const REACH = 4;

/**
 * A mixture of Gaussians in the plane (method §4): R(x) = Σ_k weight_k N(x; mean_k, variance·I), normalised, so Z = 1.
 * Its modes are the means that are nearest to a point of at least half the density at the peak of the lightest component.
 *
 * @throws WebgfnError `argument` for means, weights or a variance that are not acceptable.
 */
export function gaussianMixture(parameters: GaussianMixtureParameters = {}): Environment {
  knownParameters("gaussian-mixture", parameters, ["means", "variance", "weights"]);
  const means = checkedMeans(parameters.means ?? NINE);
  const variance = finiteNumber("gaussian-mixture's variance", parameters.variance ?? 0.1, 1e-6);
  const weights = checkedWeights(parameters.weights ?? means.map(() => 1), means.length);

  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const deviation = Math.sqrt(variance);
  const range = (axis: 0 | 1): [number, number] => {
    const centres = means.map((mean) => mean[axis]);
    return [Math.min(...centres) - REACH * deviation, Math.max(...centres) + REACH * deviation];
  };
  const modes = means.flatMap(([x, y], k) => [x, y, Math.log((weights[k] as number) / total)]);
  return {
    ...plane,
    name: "gaussian-mixture",
    parameters: {
      means: means.map(([x, y]) => [x, y]),
      variance,
      ...(parameters.weights === undefined ? {} : { weights: [...weights] }),
    },
    title: `mixture of ${means.length} Gaussian${means.length === 1 ? "" : "s"} of variance ${variance}`,
    shader: planeShader(density),
    constants: { MODES: means.length },
    data: Float32Array.of(...range(0), ...range(1), 1 / (2 * variance), Math.log(2 * Math.PI * variance), ...modes),
    exactLogZ: available(0),
    modeThreshold: Math.log(Math.min(...weights) / total / (4 * Math.PI * variance)),
    modeOf: (state) => nearest(means, plane.decode(state).point),
    exactSampling: pointSampling(0x676d6978, (random) => {
      const [x, y] = means[chosen(weights, random.uniform() * total)] as readonly [number, number];
      return [x + deviation * random.normal(), y + deviation * random.normal()];
    }),
  };
}

/** Number of the mean that is nearest to a point. */
function nearest(means: readonly (readonly [number, number])[], [x, y]: readonly [number, number]): number {
  const distances = means.map(([meanX, meanY]) => Math.hypot(x - meanX, y - meanY));
  return distances.indexOf(Math.min(...distances));
}

function checkedMeans(means: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const isPoint = (mean: unknown) =>
    Array.isArray(mean) && mean.length === 2 && mean.every((x) => Number.isFinite(x) && Math.abs(x) <= 1e6);
  if (!Array.isArray(means) || means.length < 1 || means.length > MOST_MODES || !means.every(isPoint)) {
    throw argumentError(`gaussian-mixture's means must list 1 to ${MOST_MODES} points, such as [[0, 0], [1.5, -2]]`);
  }
  return means;
}

function checkedWeights(weights: readonly number[], count: number): readonly number[] {
  if (!Array.isArray(weights) || weights.length !== count || !weights.every((weight) => Number.isFinite(weight) && weight > 0)) {
    throw argumentError(`gaussian-mixture's weights must be ${count} numbers above 0, one per mean`);
  }
  return weights;
}
