import { type Network, Replicas } from "@webgfn/sampler";
import type { Device } from "@webgfn/tensor";
import { DensityEvaluator } from "./evaluation/density.js";
import type { Evaluator, EvaluatorInputs } from "./evaluation/evaluator.js";
import { ExactEvaluator } from "./evaluation/exact.js";
import { SampledEvaluator } from "./evaluation/sampled.js";
import { StatisticsEvaluator } from "./evaluation/statistics.js";
import type { CheckedOptions } from "./options.js";
import { recordStep, type StepBuffers, type StepPrograms, stepBuffers } from "./step.js";

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

/** Allocates and compiles everything; weights, moments and counters are the caller's to write. */
export async function makeEngine(device: Device, options: CheckedOptions, network: Network): Promise<Engine> {
  const { environment, objective, estimator, gradientClip } = options;
  const seeds = Array.from({ length: options.replicas }, (_, r) => options.seed + r);
  const replicas = new Replicas(
    device,
    seeds.map((seed) => ({
      seed,
      alpha: objective.alpha ?? 0,
      exploration: options.exploration,
      learningRate: options.learningRate,
      logZRate: options.logZLearningRate,
      steps: options.steps,
      decayPower: options.decayPower,
      logZDecayPower: options.logZDecayPower,
    })),
  );
  const clip = gradientClip === undefined ? {} : { gradientClip };
  const shape = { environment, network, objective, estimator, batch: options.batchSize, replicas, ...clip };
  const buffers = stepBuffers(device, shape);
  const inputs: EvaluatorInputs = {
    device,
    environment,
    network,
    weights: buffers.weights,
    data: buffers.data,
    replicas: new Replicas(
      device,
      seeds.map((seed) => ({ seed })),
    ),
  };
  const [programs, distance, statistics] = await Promise.all([
    recordStep(device, shape, buffers),
    distanceEvaluator(inputs),
    StatisticsEvaluator.create(inputs),
  ]);
  return { device, buffers, programs, evaluationReplicas: inputs.replicas, distance, statistics };
}

async function distanceEvaluator(inputs: EvaluatorInputs): Promise<Evaluator | undefined> {
  const { enumeration, exactSampling, exactLogZ } = inputs.environment;
  if (!exactLogZ.available) return undefined;
  if (inputs.environment.actionSpace === "continuous") return exactSampling.available ? DensityEvaluator.create(inputs) : undefined;
  if (enumeration.available) return ExactEvaluator.create(inputs);
  return exactSampling.available ? SampledEvaluator.create(inputs) : undefined;
}

/** Frees every buffer; the device stays open. */
export function disposeEngine({ buffers: { replicas, ...tensors }, evaluationReplicas, distance, statistics }: Engine): void {
  replicas.dispose();
  evaluationReplicas.dispose();
  for (const tensor of Object.values(tensors)) tensor.dispose();
  distance?.dispose();
  statistics.dispose();
}
