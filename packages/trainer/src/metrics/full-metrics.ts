import { available, type Environment } from "@webgfn/envs";
import type { Edges } from "@webgfn/envs/internal";
import { logMeanExp } from "@webgfn/objectives/internal";
import type { Tensor } from "@webgfn/tensor";
import { largestOf } from "@webgfn/tensor/internal";
import { bestRewards, distinctObjects, modesFound } from "../evaluation/best-objects.js";
import { pearson, spearman, withoutRounding } from "../evaluation/correlation.js";
import { distanceOf, diversity } from "../evaluation/diversity.js";
import { effectiveSampleSize, logMeanError } from "../evaluation/effective-sample-size.js";
import { FlowConsistencyEvaluator } from "../evaluation/flow-consistency.js";
import { type HeldOutEstimates, HeldOutEvaluator, heldOutEstimates } from "../evaluation/held-out.js";
import type { PolicySamples } from "../evaluation/policy-samples.js";
import { columns } from "./columns.js";
import type { Column, Metric, MetricInputs, Values } from "./metric.js";
import { posteriorMetrics } from "./posterior-metrics.js";

/** Options of the metrics of a full evaluation. */
export interface FullMetricsOptions {
  environment: Environment;
  /** Number of objects to sample from every replica's policy. The metrics share these objects. */
  objects: number;
  /** Number of best distinct objects in the mean of `topReward`. */
  top: number;
  /** log R from which an object counts as a mode; see {@link modeThresholdOf}. */
  modeThreshold: number | undefined;
  /** For graphs: the reference graph. Default: the graph that the data were simulated from. */
  reference?: Edges | undefined;
  /** Exact probability of every state `[replica, state]`, if they were computed. */
  mass: Tensor | undefined;
  /** Whether training has a prior, so that the target is p_prior(x) R(x)/Z. Metrics that need exact values of R/Z are then left out. */
  hasPrior?: boolean;
}

/** Most objects whose pairwise distances are measured. */
const MOST_COMPARED = 100;
/** Number of held-out objects. Every replica is measured on the same ones. */
const HELD_OUT = 256;
/** Seed of held-out objects that are drawn from the target, so that every evaluation uses the same ones. */
const SEED = 1;

/** Metrics that need too many samples to be measured every few training steps. */
export function fullMetrics(options: FullMetricsOptions): Metric[] {
  const { environment, objects, top, mass, hasPrior = false } = options;
  const fromTarget = isHeldOutFromTarget(options);
  const distance = distanceOf(environment);
  return [
    fullMetric("held-out objects", [columns.pearson, columns.spearman, ...(fromTarget ? [columns.eubo] : [])], async (inputs) => {
      const heldOut = heldOutObjects(options, await inputs.samples(objects));
      const estimates = await heldOutEstimates(inputs, heldOut, mass);
      return estimates.map(({ logProbabilities, logTargets, meanLogWeight }) => ({
        pearson: pearson(logProbabilities, logTargets),
        spearman: spearman(logProbabilities, withoutRounding(logTargets)),
        eubo: meanLogWeight,
      }));
    }),
    fullMetric(
      "best objects",
      [columns.topReward, columns.topLogReward, ...(distance ? [columns.topDiversity] : []), columns.modes],
      async (inputs) => {
        const samples = await inputs.samples(objects);
        const threshold = modeThresholdOf(options, samples);
        return samples.map(({ states, logRewards }) => {
          const distinct = distinctObjects(states, logRewards);
          const best = distinct.slice(0, Math.min(top, MOST_COMPARED)).map(({ state }) => state);
          return {
            ...bestRewards(distinct, top),
            ...(distance && { topDiversity: diversity(best, distance) }),
            modes: modesFound(distinct, threshold, environment.modeOf),
          };
        });
      },
    ),
    {
      name: "flow consistency",
      columns: [{ ...columns.fcs, shown: "evaluation" }, columns.fcsError],
      available: () => available(true),
      create: (inputs) => FlowConsistencyEvaluator.create(inputs, () => inputs.samples(objects), { mass }),
    },
    fullMetric("effective sample size", [columns.effectiveSampleSize], async (inputs) =>
      (await inputs.samples(objects)).map(({ logWeights }) => ({ effectiveSampleSize: effectiveSampleSize(logWeights) })),
    ),
    ...testSet(environment, mass),
    ...(hasPrior ? [] : [...marginalLikelihood(environment, objects), ...posteriorMetrics(environment, options)]),
  ];
}

/** Whether held-out objects are drawn exactly from the target. */
export function isHeldOutFromTarget({ environment, hasPrior = false }: Pick<FullMetricsOptions, "environment" | "hasPrior">): boolean {
  return environment.exactSampling.available && !hasPrior;
}

/** Most objects of a test set that are measured. */
const MOST_TESTED = 1024;

/** The rank correlation on a benchmark's test set, or on {@link MOST_TESTED} evenly spaced objects of a larger one. */
function testSet({ testSet: states, stateWords }: Environment, mass: Tensor | undefined): Metric[] {
  if (states === undefined) return [];
  return [
    fullMetric("test set", [columns.testSpearman], async (inputs) => {
      const objects = spaced(states(), stateWords, MOST_TESTED);
      const count = HeldOutEvaluator.fitting(inputs, objects.length / stateWords);
      const parts: HeldOutEstimates[][] = [];
      for (let start = 0; start < objects.length; start += count * stateWords) {
        parts.push(await heldOutEstimates(inputs, objects.subarray(start, start + count * stateWords), mass));
      }
      return Array.from({ length: inputs.replicas.count }, (_, r) => {
        const own = parts.map((part) => part[r] as HeldOutEstimates);
        const logProbabilities = own.flatMap((part) => [...part.logProbabilities]);
        const logTargets = own.flatMap((part) => [...part.logTargets]);
        return { testSpearman: spearman(logProbabilities, withoutRounding(logTargets)) };
      });
    }),
  ];
}

/** At most `most` of the states, evenly spaced from the first on. */
function spaced(states: Uint32Array, stateWords: number, most: number): Uint32Array {
  const all = states.length / stateWords;
  const count = Math.min(all, most);
  const chosen = new Uint32Array(count * stateWords);
  for (let n = 0; n < count; n++) {
    const start = Math.floor((n * all) / count) * stateWords;
    chosen.set(states.subarray(start, start + stateWords), n * stateWords);
  }
  return chosen;
}

/** The marginal likelihood by importance sampling, for an R that is a likelihood times a prior. */
function marginalLikelihood({ marginalOffset }: Environment, objects: number): Metric[] {
  if (marginalOffset === undefined) return [];
  const measured = [columns.marginalLogLikelihood, columns.marginalLogLikelihoodError];
  return [
    fullMetric("marginal likelihood", measured, async (inputs) =>
      (await inputs.samples(objects)).map(({ logWeights }) => ({
        marginalLogLikelihood: logMeanExp(logWeights) + marginalOffset,
        marginalLogLikelihoodError: logMeanError(logWeights),
      })),
    ),
  ];
}

function fullMetric(name: string, measured: readonly Column[], measure: (inputs: MetricInputs) => Promise<Values[]>): Metric {
  return {
    name,
    columns: measured,
    available: () => available(true),
    create: async (inputs) => ({ measure: () => measure(inputs), dispose() {} }),
  };
}

/** log R from which an object counts as a mode: the option, else the environment's, else log of half the best reward sampled. */
export function modeThresholdOf(
  { environment, modeThreshold }: Pick<FullMetricsOptions, "environment" | "modeThreshold">,
  samples: readonly PolicySamples[],
): number {
  const highest = () => largestOf(samples.map(({ logRewards }) => largestOf(logRewards)));
  return modeThreshold ?? environment.modeThreshold ?? highest() - Math.LN2;
}

/** Draws held-out objects from the target. If it cannot be sampled, takes sampled objects of each replica in turn. */
function heldOutObjects(options: FullMetricsOptions, samples: readonly PolicySamples[]): Uint32Array {
  const { exactSampling, stateWords } = options.environment;
  if (exactSampling.available && isHeldOutFromTarget(options)) return exactSampling.value(HELD_OUT, SEED);
  const sampled = samples.reduce((sum, { logRewards }) => sum + logRewards.length, 0);
  const objects = new Uint32Array(Math.min(HELD_OUT, sampled) * stateWords);
  for (let n = 0; n * stateWords < objects.length; n++) {
    const { states } = samples[n % samples.length] as PolicySamples;
    const start = Math.floor(n / samples.length) * stateWords;
    objects.set(states.subarray(start, start + stateWords), n * stateWords);
  }
  return objects;
}
