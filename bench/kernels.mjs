// How long each kernel of a step takes, and how near that is to what the adapter can do.
import { median } from "./statistics.mjs";

const REPETITIONS = 9;

/**
 * Floating-point operations of each kernel that multiplies, a multiply-add counted as two: over the batch's real transitions,
 * of which the first layer reads the non-zero features only, except in its gradient.
 */
function operations({ layers }, transitions, nonZero) {
  const products = layers.map(({ inputs, outputs }) => inputs * outputs);
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const hidden = sum(products.slice(1));
  return {
    rollout: 2 * transitions * (nonZero * layers[0].outputs + hidden),
    mlp_backward: 2 * transitions * hidden,
    weight_gradient: 2 * transitions * sum(products),
  };
}

/** Bytes that the kernels over parameters must move. */
function traffic({ parameters, weights, partials, gradients }) {
  return {
    reduce_gradient: 4 * (partials + gradients),
    update: 4 * (parameters + gradients + 2 * parameters + 2 * parameters + weights),
  };
}

/** Non-zero features of a state, on average over a trajectory. */
function nonZeroFeatures(work, meanLength) {
  if (work.environment === "hypergrid") return work.parameters.dimensions;
  return (meanLength - 1) / 2;
}

/** Milliseconds of each kernel in one profile: where records are in sections, a kernel is several dispatches. */
function perKernel(profile) {
  const times = new Map();
  for (const { kernel, milliseconds } of profile) times.set(kernel, (times.get(kernel) ?? 0) + milliseconds);
  return times;
}

/**
 * [{ kernel, milliseconds, flopsPerSecond?, ofPeak?, bytesPerSecond?, ofBandwidth? }] in the order of the step; undefined
 * where the adapter has no timestamps.
 */
export async function kernelTimes(contestant, work, meanLength, limits, seconds) {
  const profiles = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const profile = await contestant.ask("profile", [], seconds);
    if (profile === undefined) return undefined;
    profiles.push(perKernel(profile));
  }
  const sizes = await contestant.ask("sizes", [], seconds);
  const done = operations(sizes, work.batch * meanLength, nonZeroFeatures(work, meanLength));
  const moved = traffic(sizes);
  return [...profiles[0].keys()].map((kernel) => {
    const milliseconds = median(profiles.map((profile) => profile.get(kernel)));
    const perSecond = (amount) => (1000 * amount) / milliseconds;
    return {
      kernel,
      milliseconds,
      ...(done[kernel] === undefined
        ? {}
        : { flopsPerSecond: perSecond(done[kernel]), ofPeak: perSecond(done[kernel]) / limits.flopsPerSecond }),
      ...(moved[kernel] === undefined
        ? {}
        : { bytesPerSecond: perSecond(moved[kernel]), ofBandwidth: perSecond(moved[kernel]) / limits.bytesPerSecond }),
    };
  });
}
