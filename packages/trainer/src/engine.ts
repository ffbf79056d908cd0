import { numbersOf } from "@webgfn/objectives/internal";
import type { Network } from "@webgfn/sampler";
import { disposeBuffers, Replicas } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import { requireFit } from "./limits.js";
import { defaultMetrics } from "./metrics/defaults.js";
import { MeasuredMetrics } from "./metrics/measured-metrics.js";
import type { Metric } from "./metrics/metric.js";
import type { CheckedOptions } from "./options.js";
import { recordStep, type StepPrograms } from "./step.js";
import { stepBuffers } from "./step-buffers.js";
import type { StepBuffers, StepPlan } from "./step-shape.js";

/** What a trainer has on one device: it is made again where the device is lost. */
export interface Engine {
  device: Device;
  buffers: StepBuffers;
  programs: StepPrograms;
  /** The metrics' own table of seeds and steps. */
  evaluationReplicas: Replicas;
  /** Everything that is measured at an evaluation. */
  metrics: MeasuredMetrics;
}

/** What the options ask of a training step. */
export function planOf(options: CheckedOptions, network: Network): StepPlan {
  const { environment, objective, estimator, batchSize, replicas, gradientClip, path, tilings } = options;
  return {
    environment,
    network,
    objective,
    estimator,
    batch: batchSize,
    replicas,
    ...(gradientClip === undefined ? {} : { gradientClip }),
    ...(path === undefined ? {} : { path }),
    ...(tilings === undefined ? {} : { tilings }),
  };
}

/** Replica r is what a training of its own with `seed + r` would be. */
function seedsOf({ seed, replicas }: CheckedOptions): number[] {
  return Array.from({ length: replicas }, (_, r) => seed + r);
}

/** The replicas' table, as a training begins with it. */
export function trainingReplicas(device: Device, options: CheckedOptions): Replicas {
  return new Replicas(
    device,
    seedsOf(options).map((seed) => ({
      seed,
      parameters: numbersOf(options.objective),
      exploration: options.exploration,
      learningRate: options.learningRate,
      logZRate: options.logZLearningRate,
      steps: options.steps,
      decayPower: options.decayPower,
      logZDecayPower: options.logZDecayPower,
    })),
  );
}

/**
 * Allocates and compiles everything; weights, moments and counters are the caller's to write.
 *
 * @throws WebgfnError `limit` for sizes beyond the adapter's, before anything is allocated.
 */
export async function makeEngine(device: Device, options: CheckedOptions, network: Network): Promise<Engine> {
  const { environment } = options;
  const plan = planOf(options, network);
  requireFit(device, plan);
  const replicas = trainingReplicas(device, options);
  const buffers = stepBuffers(device, { ...plan, replicas });
  const evaluationReplicas = new Replicas(
    device,
    seedsOf(options).map((seed) => ({ seed })),
  );
  const { weights, data } = buffers;
  const inputs = { device, environment, network, weights, data, replicas: evaluationReplicas };
  // Wait for both, so that the one that succeeded can be freed.
  const [programs, metrics] = await Promise.allSettled([
    recordStep(device, { ...plan, replicas }, buffers),
    MeasuredMetrics.create(wantedMetrics(device, options, network), inputs),
  ]);
  if (programs.status === "fulfilled" && metrics.status === "fulfilled") {
    return { device, buffers, programs: programs.value, evaluationReplicas, metrics: metrics.value };
  }
  if (metrics.status === "fulfilled") metrics.value.dispose();
  disposeBuffers(buffers);
  evaluationReplicas.dispose();
  throw programs.status === "rejected" ? programs.reason : (metrics as PromiseRejectedResult).reason;
}

function wantedMetrics(device: Device, { environment, metrics }: CheckedOptions, network: Network): Metric[] {
  return [...defaultMetrics(environment, { device, network }), ...metrics];
}

/** Gives the kernels other rewards of the same shape, and measures against those. */
export async function retargetEngine({ device, buffers, metrics }: Engine, options: CheckedOptions, network: Network): Promise<void> {
  const { environment } = options;
  await metrics.retarget(wantedMetrics(device, options, network), environment);
  buffers.data.write(environment.data);
}

/** Frees every buffer; the device stays open. */
export function disposeEngine({ buffers, evaluationReplicas, metrics }: Engine): void {
  disposeBuffers(buffers);
  evaluationReplicas.dispose();
  metrics.dispose();
}
