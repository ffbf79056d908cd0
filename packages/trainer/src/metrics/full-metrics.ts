import { available, type Environment } from "@webgfn/envs";
import type { Tensor } from "@webgfn/tensor";
import { largestOf } from "@webgfn/tensor/internal";
import { bestRewards, distinctObjects, modesFound } from "../evaluation/best-objects.js";
import { pearson, spearman, withoutRounding } from "../evaluation/correlation.js";
import { effectiveSampleSize } from "../evaluation/effective-sample-size.js";
import { heldOutEstimates } from "../evaluation/held-out.js";
import type { PolicySamples } from "../evaluation/policy-samples.js";
import { columns } from "./columns.js";
import type { Column, Metric, MetricInputs, Values } from "./metric.js";

/** What the metrics of a full evaluation need to know. */
export interface FullMetricsOptions {
  environment: Environment;
  /** Objects sampled from every replica's policy; the metrics share them. */
  objects: number;
  /** How many of the best distinct ones count for `topReward`. */
  top: number;
  /** log R from which an object counts as a mode; see {@link modeThresholdOf}. */
  modeThreshold: number | undefined;
  /** Exact probabilities of every state [replica, state], where there are such. */
  mass: Tensor | undefined;
}

/** Held-out objects, the same ones for every replica. */
const HELD_OUT = 256;
/** Seed of the target's held-out objects: the same ones at every evaluation. */
const SEED = 1;

/** Metrics that need many samples, too many for every few training steps. */
export function fullMetrics(options: FullMetricsOptions): Metric[] {
  const { environment, objects, top, mass } = options;
  const fromTarget = environment.exactSampling.available;
  return [
    fullMetric("held-out objects", [columns.pearson, columns.spearman, ...(fromTarget ? [columns.eubo] : [])], async (inputs) => {
      const heldOut = heldOutObjects(environment, await inputs.samples(objects));
      const estimates = await heldOutEstimates(inputs, heldOut, mass);
      return estimates.map(({ logProbabilities, logRewards, meanLogWeight }) => ({
        pearson: pearson(logProbabilities, logRewards),
        spearman: spearman(logProbabilities, withoutRounding(logRewards)),
        eubo: meanLogWeight,
      }));
    }),
    fullMetric("best objects", [columns.topReward, columns.topLogReward, columns.modes], async (inputs) => {
      const samples = await inputs.samples(objects);
      const threshold = modeThresholdOf(options, samples);
      return samples.map(({ states, logRewards }) => {
        const distinct = distinctObjects(states, logRewards);
        return { ...bestRewards(distinct, top), modes: modesFound(distinct, threshold, environment.modeOf) };
      });
    }),
    fullMetric("effective sample size", [columns.effectiveSampleSize], async (inputs) =>
      (await inputs.samples(objects)).map(({ logWeights }) => ({ effectiveSampleSize: effectiveSampleSize(logWeights) })),
    ),
  ];
}

function fullMetric(name: string, some: readonly Column[], measure: (inputs: MetricInputs) => Promise<Values[]>): Metric {
  return {
    name,
    columns: some,
    available: () => available(true),
    create: async (inputs) => ({ measure: () => measure(inputs), dispose() {} }),
  };
}

/** The given threshold, the environment's, or log of half the best reward that any replica sampled. */
export function modeThresholdOf(
  { environment, modeThreshold }: Pick<FullMetricsOptions, "environment" | "modeThreshold">,
  samples: readonly PolicySamples[],
): number {
  const highest = () => largestOf(samples.map(({ logRewards }) => largestOf(logRewards)));
  return modeThreshold ?? environment.modeThreshold ?? highest() - Math.LN2;
}

/** Objects drawn from the target, or, where it cannot be sampled, from the replicas' policies in turn. */
function heldOutObjects({ exactSampling, stateWords }: Environment, samples: readonly PolicySamples[]): Uint32Array {
  if (exactSampling.available) return exactSampling.value(HELD_OUT, SEED);
  const sampled = samples.reduce((sum, { logRewards }) => sum + logRewards.length, 0);
  const objects = new Uint32Array(Math.min(HELD_OUT, sampled) * stateWords);
  for (let n = 0; n * stateWords < objects.length; n++) {
    const { states } = samples[n % samples.length] as PolicySamples;
    const start = Math.floor(n / samples.length) * stateWords;
    objects.set(states.subarray(start, start + stateWords), n * stateWords);
  }
  return objects;
}
