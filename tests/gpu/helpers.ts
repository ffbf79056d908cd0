/** What the GPU tests share: the oracle's network, one rollout, exact samples, and chi-square limits. */
import type { Environment } from "@webgfn/envs";
import { type Estimator, estimators, type Objective } from "@webgfn/objectives";
import type { Mlp } from "@webgfn/reference";
import { type LinearWeights, mlp, type Network, type Policy } from "@webgfn/sampler";
import {
  environmentData,
  fitPolicy,
  initialWeights,
  type ReplicaSettings,
  Replicas,
  type RolloutBuffers,
  type RolloutOptions,
  recordRollout,
  samplingBuffers,
  trajectoryColumns,
  weightsTensor,
} from "@webgfn/sampler/internal";
import { type Device, Program } from "@webgfn/tensor";

/** The oracle's network with these weights. */
export function oracleMlp(weights: readonly LinearWeights[]): Mlp {
  return {
    layers: weights.map(({ weight, bias }) => {
      const inputs = weight.length / bias.length;
      return { weight: Array.from(bias, (_, out) => [...weight.subarray(out * inputs, (out + 1) * inputs)]), bias: [...bias] };
    }),
  };
}

/** Weights, gradients or moments in the order of the oracle's `flatten`. */
export function flat(weights: readonly LinearWeights[]): Float64Array {
  return Float64Array.from(weights.flatMap(({ weight, bias }) => [...weight, ...bias]));
}

/** Initial weights, enlarged so that the policy is far from uniform. */
export function spreadWeights(net: Network, seed: number, factor = 3): LinearWeights[] {
  return initialWeights(net, seed).map(({ weight, bias }) => ({
    weight: weight.map((w) => factor * w),
    bias: bias.map((b) => factor * b),
  }));
}

export function networkOf(environment: Environment, hidden: readonly number[]): Network {
  return fitPolicy(mlp({ hidden }), environment);
}

/** One trajectory as the rollout wrote it. */
export interface GpuTrajectory {
  logForward: number;
  logBackward: number;
  logReward: number;
  actions: number[];
  object: Uint32Array;
}

/** The trajectories of every replica. */
export async function readTrajectories(
  environment: Environment,
  { trajectories, actions, objects }: Pick<RolloutBuffers, "trajectories" | "actions" | "objects">,
): Promise<GpuTrajectory[][]> {
  const [replicas, batch] = trajectories.shape as [number, number];
  const [numbers, allActions, words] = await Promise.all([trajectories.read(), actions.read(), objects.read()]);
  const columns = trajectoryColumns(numbers as Float32Array);
  return Array.from({ length: replicas }, (_, r) =>
    Array.from({ length: batch }, (_, n) => {
      const index = r * batch + n;
      const start = index * environment.horizon;
      const length = columns.length[index]!;
      return {
        logForward: columns.logForward[index]!,
        logBackward: columns.logBackward[index]!,
        logReward: columns.logReward[index]!,
        actions: [...allActions.subarray(start, start + length)],
        object: words.slice(index * environment.stateWords, (index + 1) * environment.stateWords) as Uint32Array,
      };
    }),
  );
}

export interface RolloutCase {
  environment: Environment;
  net: Network;
  batch: number;
  weights: readonly LinearWeights[][];
  /** One entry per replica. */
  settings: readonly ReplicaSettings[];
  options?: RolloutOptions;
}

/** A recorded rollout of this case, and the replay of whatever its action buffer holds. */
export async function makeRollout(device: Device, { environment, net, batch, weights, settings, options }: RolloutCase) {
  const shape = { environment, network: net, batch, replicas: settings.length };
  const buffers: RolloutBuffers = {
    ...samplingBuffers(device, shape),
    weights: weightsTensor(device, net, weights),
    replicas: new Replicas(device, settings),
    data: environmentData(device, environment),
  };
  const sampling = new Program(device, "rollout");
  await recordRollout(sampling, shape, buffers, options);
  const read = () => readTrajectories(environment, buffers);
  return {
    buffers,
    shape,
    async sample(): Promise<GpuTrajectory[][]> {
      await sampling.run();
      return read();
    },
    async replay(): Promise<GpuTrajectory[][]> {
      const replaying = new Program(device, "replay");
      await recordRollout(replaying, shape, buffers, { replay: true });
      buffers.trajectories.write(new Float32Array(buffers.trajectories.size));
      buffers.objects.write(new Uint32Array(buffers.objects.size));
      await replaying.run();
      return read();
    },
  };
}

/** Objects drawn exactly from the target, as states. */
export function exactSamples({ exactSampling, stateWords }: Environment, count: number, seed: number): Uint32Array[] {
  if (!exactSampling.available) throw new Error(exactSampling.reason);
  const words = exactSampling.value(count, seed);
  return Array.from({ length: count }, (_, n) => words.subarray(n * stateWords, (n + 1) * stateWords));
}

/** Pearson's statistic of counts against probabilities (of one total 1). */
export function chiSquare(counts: readonly number[], probabilities: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count, i) => sum + (count - total * probabilities[i]!) ** 2 / (total * probabilities[i]!), 0);
}

/** What a chi-square variable exceeds once in 30,000 times (Wilson and Hilferty's approximation at 4 sigma). */
export function chiSquareLimit(freedom: number): number {
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + 4 * Math.sqrt(spread)) ** 3;
}

/** How often each key occurs. */
export function countsOf(keys: readonly string[], possible: readonly string[]): number[] {
  const counts = new Map(possible.map((key) => [key, 0]));
  for (const key of keys) {
    if (!counts.has(key)) throw new Error(`${key} should not occur.`);
    counts.set(key, counts.get(key)! + 1);
  }
  return [...counts.values()];
}

/** α of a divergence that has one. */
export function alphaOf({ parameters }: Objective): number | undefined {
  return parameters["alpha"]?.value as number | undefined;
}

/** A divergence's default estimator; `none` for a balance loss. */
export function estimatorOf(objective: Objective): Estimator {
  return objective.family === "divergence" ? objective.defaultEstimator : estimators.none;
}

/** A policy's network with the outputs that an objective needs. */
export function networkFor(policy: Policy, environment: Environment, objective: Objective): Network {
  return fitPolicy(policy, environment, { flow: objective.learns.includes("flow") });
}
