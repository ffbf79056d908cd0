import { available, type Capability, unavailable } from "@webgfn/envs";
import { fitsWorkgroup } from "@webgfn/sampler/internal";
import { DensityEvaluator } from "../evaluation/density.js";
import { ExactEvaluator } from "../evaluation/exact.js";
import { FlowConsistencyEvaluator } from "../evaluation/flow-consistency.js";
import { PosteriorEvaluator } from "../evaluation/posterior.js";
import { SampledEvaluator } from "../evaluation/sampled.js";
import { StatisticsEvaluator, TRAJECTORIES } from "../evaluation/statistics.js";
import type { Target } from "../target.js";
import { columns } from "./columns.js";
import type { Metric, Placement } from "./metric.js";

/** A bound and an estimate of log Z, mean log R, mean length and effective sample size, from trajectories sampled by the policy. */
const sampleStatistics: Metric = {
  name: "sample statistics",
  columns: [columns.logZ, columns.logZEstimate, columns.elbo, columns.meanLogReward, columns.meanLength, columns.effectiveSampleSize],
  available: () => available(true),
  create: (inputs) => StatisticsEvaluator.create(inputs),
};

/** L1 and the Jensen–Shannon divergence over all objects. Only L1 is shown everywhere. */
const exactDistance: Metric = {
  name: "exact distance",
  columns: [columns.l1, { ...columns.js, shown: "evaluation" }],
  available(environment, { device, network }) {
    if (environment.actionSpace === "continuous") return unavailable("actions are coordinates, so that objects cannot be listed");
    if (!fitsWorkgroup(device, network, environment)) return unavailable("the policy's layers do not fit into workgroup memory");
    return allAvailable(environment.enumeration, environment.exactLogZ);
  },
  create: (inputs) => ExactEvaluator.create(inputs),
};

/** The same distances to p_prior(x) R(x)/Z, the target of a training with a prior. */
const posteriorDistance: Metric = {
  ...exactDistance,
  name: "distance to the posterior",
  create: (inputs) => PosteriorEvaluator.create(inputs),
};

/** L1 estimated from exact samples of the target, for environments with too many objects to list. */
const sampledDistance: Metric = {
  name: "sampled distance",
  columns: [columns.l1, columns.l1Error],
  available({ actionSpace, exactSampling, exactLogZ }) {
    if (actionSpace === "continuous") return unavailable("actions are coordinates, so that objects have a density");
    return allAvailable(exactSampling, exactLogZ);
  },
  create: (inputs) => SampledEvaluator.create(inputs),
};

/** The Jensen–Shannon divergence between the learned density and the target's, estimated from samples of both. */
const densityDistance: Metric = {
  name: "density distance",
  columns: [columns.js, columns.jsError],
  available({ actionSpace, exactSampling, exactLogZ }) {
    if (actionSpace !== "continuous") return unavailable("actions are indices, so that objects have no density");
    return allAvailable(exactSampling, exactLogZ);
  },
  create: (inputs) => DensityEvaluator.create(inputs),
};

/**
 * Flow consistency in subgraphs. It needs neither a list of the objects nor samples of the target, but notices less than metrics that have
 * them.
 */
const flowConsistency: Metric = {
  name: "flow consistency",
  columns: [columns.fcs, columns.fcsError],
  available: () => available(true),
  create: (inputs) => FlowConsistencyEvaluator.create(inputs, () => inputs.samples(TRAJECTORIES)),
};

/** Metrics of the distance to the target, in order of preference: an evaluation measures the first available one. */
const DISTANCES = [densityDistance, exactDistance, sampledDistance, flowConsistency];

/** All built-in metrics. */
export const builtInMetrics: readonly Metric[] = [sampleStatistics, ...DISTANCES];

/**
 * The built-in metrics that every evaluation of this target measures: sample statistics, and the first distance that is available. A target with
 * a prior has one distance. If the host evaluates the reward, only full evaluations measure flow consistency, which asks for rewards of further
 * objects.
 */
export function defaultMetrics({ environment, prior }: Target, placement: Placement): Metric[] {
  const ofReward = DISTANCES.filter((metric) => metric !== flowConsistency || environment.hostReward === undefined);
  const distances = prior === undefined ? ofReward : [posteriorDistance];
  const distance = distances.find((metric) => metric.available(environment, placement).available);
  return [sampleStatistics, ...(distance === undefined ? [] : [distance])];
}

/** Available if all capabilities are; otherwise unavailable for the reason of the first one that is not. */
function allAvailable(...offers: readonly Capability<unknown>[]): Capability<true> {
  const lacking = offers.find((offer) => !offer.available);
  return lacking === undefined || lacking.available ? available(true) : unavailable(lacking.reason);
}
