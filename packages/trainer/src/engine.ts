import type { Environment } from "@webgfn/envs";
import { numbersOf } from "@webgfn/objectives";
import { disposeBuffers, fitsWorkgroup, type Network, Replicas } from "@webgfn/sampler";
import type { Device } from "@webgfn/tensor";
import { DensityEvaluator } from "./evaluation/density.js";
import type { Evaluator, EvaluatorInputs } from "./evaluation/evaluator.js";
import { ExactEvaluator } from "./evaluation/exact.js";
import { SampledEvaluator } from "./evaluation/sampled.js";
import { StatisticsEvaluator } from "./evaluation/statistics.js";
import { requireFit } from "./limits.js";
import type { CheckedOptions } from "./options.js";
import { recordStep, type StepPrograms } from "./step.js";
import { type StepBuffers, type StepPlan, stepBuffers } from "./step-buffers.js";

/** What a trainer has on one device: it is made again where the device is lost. */
export interface Engine {
  device: Device;
  buffers: StepBuffers;
  programs: StepPrograms;
  /** The evaluators' own table. */
  evaluationReplicas: Replicas;
  /** What measures the distance to the target, where there is a way to. */
  distance: Evaluator | undefined;
  statistics: StatisticsEvaluator;
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
  const inputs: EvaluatorInputs = { device, environment, network, weights, data, replicas: evaluationReplicas };
  // Each to its end, so that what one failure leaves behind can be freed.
  const [programs, distance, statistics] = await Promise.allSettled([
    recordStep(device, { ...plan, replicas }, buffers),
    distanceEvaluator(inputs),
    StatisticsEvaluator.create(inputs),
  ]);
  if (programs.status === "fulfilled" && distance.status === "fulfilled" && statistics.status === "fulfilled") {
    return { device, buffers, programs: programs.value, evaluationReplicas, distance: distance.value, statistics: statistics.value };
  }
  for (const evaluator of [distance, statistics]) if (evaluator.status === "fulfilled") evaluator.value?.dispose();
  disposeBuffers(buffers);
  evaluationReplicas.dispose();
  throw [programs, distance, statistics].flatMap((part) => (part.status === "rejected" ? [part.reason] : []))[0];
}

async function distanceEvaluator(inputs: EvaluatorInputs): Promise<Evaluator | undefined> {
  const { device, network, environment } = inputs;
  const { enumeration, exactSampling, exactLogZ } = environment;
  if (!exactLogZ.available) return undefined;
  if (environment.actionSpace === "continuous") return exactSampling.available ? DensityEvaluator.create(inputs) : undefined;
  if (enumeration.available && fitsWorkgroup(device, network, environment)) return ExactEvaluator.create(inputs);
  return exactSampling.available ? SampledEvaluator.create(inputs) : undefined;
}

/** Gives the kernels other rewards of the same shape, and measures the distance to them. */
export async function retargetEngine(engine: Engine, environment: Environment, network: Network): Promise<void> {
  const { device, buffers, evaluationReplicas, distance } = engine;
  const { weights, data } = buffers;
  engine.distance = await distanceEvaluator({ device, environment, network, weights, data, replicas: evaluationReplicas });
  data.write(environment.data);
  distance?.dispose();
}

/** Frees every buffer; the device stays open. */
export function disposeEngine({ buffers, evaluationReplicas, distance, statistics }: Engine): void {
  disposeBuffers(buffers);
  evaluationReplicas.dispose();
  distance?.dispose();
  statistics.dispose();
}
