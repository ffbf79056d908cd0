import { isFlowMatching, numbersOf } from "@webgfn/objectives/internal";
import type { Network } from "@webgfn/sampler";
import { disposeBuffers, Replicas, SIZE_ADVICE } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import { disposeTensors } from "@webgfn/tensor/internal";
import { withFlowRows } from "./flow-matching.js";
import { requireFit } from "./limits.js";
import { defaultMetrics } from "./metrics/defaults.js";
import { MeasuredMetrics } from "./metrics/measured-metrics.js";
import type { Metric } from "./metrics/metric.js";
import type { CheckedOptions } from "./options.js";
import { placedPrior, priorTensors } from "./prior.js";
import { sourcePlan } from "./sources/plan.js";
import { recordStep, type StepPrograms } from "./step.js";
import { stepBuffers } from "./step-buffers.js";
import type { StepBuffers, StepPlan, StepShape } from "./step-shape.js";

/** Everything that a trainer holds on one device. If the device is lost, the trainer makes a new engine. */
export interface Engine {
  device: Device;
  buffers: StepBuffers;
  programs: StepPrograms;
  /** The replica table of evaluations, with its own seeds and steps, so that training is not disturbed. */
  evaluationReplicas: Replicas;
  /** The metrics that an evaluation measures. */
  metrics: MeasuredMetrics;
  /** The prior and what its rollouts write, if there is one. */
  prior?: StepShape["prior"];
}

/** The plan of a training step with these options. */
export function planOf(options: CheckedOptions, network: Network): StepPlan {
  const { environment, objective, estimator, batchSize, replicas, backwardLoss, gradientClip, path, tilings } = options;
  const sources = sourcePlan(options);
  const matching = isFlowMatching(objective);
  return {
    environment,
    network: matching ? withFlowRows(network, environment) : network,
    objective,
    estimator,
    batch: batchSize,
    replicas,
    backwardLoss,
    ...(sources && { sources }),
    ...(options.temperature === 1 ? {} : { tempered: true }),
    ...(gradientClip === undefined ? {} : { gradientClip }),
    ...(matching ? { path: "fused" } : path === undefined ? {} : { path }),
    ...(tilings === undefined ? {} : { tilings }),
  };
}

/** The seeds of the replicas: replica r has `seed + r`, and trains like a single run with that seed. */
function seedsOf({ seed, replicas }: CheckedOptions): number[] {
  return Array.from({ length: replicas }, (_, r) => seed + r);
}

/** The replica table at the start of training: seeds, objective parameters, learning rates and exploration. */
export function trainingReplicas(device: Device, options: CheckedOptions): Replicas {
  return new Replicas(
    device,
    seedsOf(options).map((seed) => ({
      seed,
      parameters: numbersOf(options.objective),
      exploration: options.exploration,
      explorationEnd: options.explorationEnd ?? options.exploration,
      temperature: options.temperature,
      anneal: options.anneal,
      annealUntil: options.annealUntil,
      learningRate: options.learningRate,
      logZRate: options.logZLearningRate,
      steps: options.steps,
      decayPower: options.decayPower,
      logZDecayPower: options.logZDecayPower,
    })),
  );
}

/**
 * Allocates every buffer and compiles every kernel of a training. The caller then writes weights, moments and counters.
 *
 * @throws WebgfnError `limit` for sizes beyond the adapter's limits, before anything is allocated.
 */
export async function makeEngine(device: Device, options: CheckedOptions, network: Network): Promise<Engine> {
  const { environment } = options;
  const plan = planOf(options, network);
  requireFit(device, plan);
  const prior = enginePrior(device, options);
  const replicas = trainingReplicas(device, options);
  const buffers = stepBuffers(device, { ...plan, replicas });
  const evaluationReplicas = new Replicas(
    device,
    seedsOf(options).map((seed) => ({ seed })),
  );
  const { weights, data } = buffers;
  const inputs = { device, environment, network, weights, data, replicas: evaluationReplicas, ...(prior && { prior }) };
  // Wait for both, so that a failure of one can free the other.
  const [programs, metrics] = await Promise.allSettled([
    recordStep(device, { ...plan, replicas, ...(prior && { prior }) }, buffers),
    MeasuredMetrics.create(wantedMetrics(device, options, network), inputs),
  ]);
  if (programs.status === "fulfilled" && metrics.status === "fulfilled") {
    return { device, buffers, programs: programs.value, evaluationReplicas, metrics: metrics.value, ...(prior && { prior }) };
  }
  if (metrics.status === "fulfilled") metrics.value.dispose();
  disposeBuffers(buffers);
  disposePrior(prior);
  evaluationReplicas.dispose();
  throw programs.status === "rejected" ? programs.reason : (metrics as PromiseRejectedResult).reason;
}

function wantedMetrics(device: Device, options: CheckedOptions, network: Network): Metric[] {
  return [...defaultMetrics(options, { device, network }), ...options.metrics];
}

/** The prior of a training on its device. */
function enginePrior(device: Device, { environment, batchSize: batch, replicas, priorPolicy }: CheckedOptions): Engine["prior"] {
  if (priorPolicy === undefined) return undefined;
  const scratch = device.tensors(priorTensors(device, priorPolicy, { environment, batch, replicas }), SIZE_ADVICE);
  return { ...placedPrior(device, priorPolicy, replicas), scratch };
}

function disposePrior(prior: Engine["prior"]): void {
  prior?.weights.dispose();
  if (prior) disposeTensors(prior.scratch);
}

/** Switches training and metrics to an environment with other rewards of the same shape. */
export async function retargetEngine({ device, buffers, metrics }: Engine, options: CheckedOptions, network: Network): Promise<void> {
  const { environment } = options;
  await metrics.retarget(wantedMetrics(device, options, network), environment);
  buffers.data.write(environment.data);
}

/** Frees every buffer; the device stays open. */
export function disposeEngine({ buffers, evaluationReplicas, metrics, prior }: Engine): void {
  disposeBuffers(buffers);
  disposePrior(prior);
  evaluationReplicas.dispose();
  metrics.dispose();
}
