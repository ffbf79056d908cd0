import { available, type Capability, type Environment, unavailable } from "@webgfn/envs";
import { fitsWorkgroup } from "@webgfn/sampler/internal";
import { DensityEvaluator } from "../evaluation/density.js";
import { ExactEvaluator } from "../evaluation/exact.js";
import { SampledEvaluator } from "../evaluation/sampled.js";
import { StatisticsEvaluator } from "../evaluation/statistics.js";
import { columns } from "./columns.js";
import type { Metric, Placement } from "./metric.js";

/** Bounds and estimates of log Z, rewards and lengths, from trajectories that the policy samples. */
const sampleStatistics: Metric = {
  name: "sample statistics",
  columns: [columns.logZ, columns.elbo, columns.meanLogReward, columns.meanLength],
  available: () => available(true),
  create: (inputs) => StatisticsEvaluator.create(inputs),
};

/** L1 and the Jensen–Shannon divergence over all objects. Where it is known, L1 is what people follow. */
const exactDistance: Metric = {
  name: "exact distance",
  columns: [columns.l1, { ...columns.js, shown: "evaluation" }],
  available(environment, { device, network }) {
    if (environment.actionSpace === "continuous") return unavailable("actions are coordinates, so that objects cannot be listed");
    if (!fitsWorkgroup(device, network, environment)) return unavailable("the policy's layers do not fit into workgroup memory");
    return firstLacking(environment.enumeration, environment.exactLogZ);
  },
  create: (inputs) => ExactEvaluator.create(inputs),
};

/** L1 from exact samples of the target, where there are too many objects to list. */
const sampledDistance: Metric = {
  name: "sampled distance",
  columns: [columns.l1, columns.l1Error],
  available({ actionSpace, exactSampling, exactLogZ }) {
    if (actionSpace === "continuous") return unavailable("actions are coordinates, so that objects have a density");
    return firstLacking(exactSampling, exactLogZ);
  },
  create: (inputs) => SampledEvaluator.create(inputs),
};

/** The Jensen–Shannon divergence of densities. */
const densityDistance: Metric = {
  name: "density distance",
  columns: [columns.js, columns.jsError],
  available({ actionSpace, exactSampling, exactLogZ }) {
    if (actionSpace !== "continuous") return unavailable("actions are indices, so that objects have no density");
    return firstLacking(exactSampling, exactLogZ);
  },
  create: (inputs) => DensityEvaluator.create(inputs),
};

/** Ways to measure the distance to the target, the best first: the first one that is available is measured. */
const DISTANCES = [densityDistance, exactDistance, sampledDistance];

/** Every metric that an evaluation may measure without metrics of one's own. */
export const builtInMetrics: readonly Metric[] = [sampleStatistics, ...DISTANCES];

/** What is measured at every evaluation. */
export function defaultMetrics(environment: Environment, placement: Placement): Metric[] {
  const distance = DISTANCES.find((metric) => metric.available(environment, placement).available);
  return [sampleStatistics, ...(distance === undefined ? [] : [distance])];
}

/** Available where all of these are; otherwise the reason of the first that is not. */
function firstLacking(...offers: readonly Capability<unknown>[]): Capability<true> {
  const lacking = offers.find((offer) => !offer.available);
  return lacking === undefined || lacking.available ? available(true) : unavailable(lacking.reason);
}
