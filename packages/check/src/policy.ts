import type { Environment } from "@webgfn/envs";
import type { LinearWeights, Network, Policy } from "@webgfn/sampler";
import {
  disposeBuffers,
  environmentData,
  fitPolicy,
  initialWeights,
  packWeights,
  Replicas,
  recordRollout,
  samplingBuffers,
  trajectoryColumns,
} from "@webgfn/sampler/internal";
import { type Device, Program, RandomStream, rules } from "@webgfn/tensor";
import { orFree, requireArgument, requireOptions, type Schema } from "@webgfn/tensor/internal";
import { ScoreSampler } from "@webgfn/trainer/internal";
import { type CheckReport, Findings } from "./report.js";

/** Options of {@link checkPolicy}. */
export interface PolicyCheckOptions {
  /** Seed of the weights and of the trajectories. Default 1. */
  seed?: number;
}

const OPTIONS: Schema<PolicyCheckOptions> = { seed: rules.whole(0) };

/** Number of trajectories to differentiate the log-probabilities of. */
const BATCH = 8;
/** Steps of the finite differences, tried in turn. A short step avoids kinks of activations; a long one stands out from rounding errors. */
const STEPS = [0.02, 0.06, 0.005];
/** Largest relative error of the gradient against finite differences. */
const CLOSE = 2e-2;
/** Largest relative error of a replay's log p_F against the rollout's, which another kernel computes. */
const ROUNDING = 1e-4;

/**
 * Checks a user-defined policy in an environment: log p_F is finite, and at most 0 for discrete actions; the same weights and actions give
 * the same bits; the backward pass gives the gradient of every layer that finite differences give.
 *
 * @throws WebgfnError `shader` if a module does not link or compile; `argument` if the policy does not fit the environment.
 */
export async function checkPolicy(
  device: Device,
  policy: Policy,
  environment: Environment,
  options: PolicyCheckOptions = {},
): Promise<CheckReport> {
  requireOptions("checkPolicy", options, OPTIONS);
  requireArgument.device(device);
  requireArgument.object("policy", policy);
  requireArgument.environment(environment);
  const findings = new Findings(policy.name);
  const seed = options.seed ?? 1;
  const network = fitPolicy(policy.with({ backward: "uniform" }), environment);
  const weights = spreadWeights(network, seed);
  const sampler = await ScoreSampler.create(device, { environment, network, weights, batchSize: BATCH, seed, firstBatch: 0 });
  try {
    const { scores, logForward } = await sampler.next();
    const actions = (await sampler.buffers.actions.read()) as Uint32Array;
    const wrong = logForward.find((value) => !Number.isFinite(value) || (environment.actionSpace !== "continuous" && value > 1e-4));
    if (wrong !== undefined) {
      findings.problem("forward", `log p_F of a sampled trajectory is ${wrong}`);
      return findings.report();
    }
    await withReplay(device, environment, network, actions, async (replay) => {
      const [first, second] = [await replay(weights), await replay(weights)];
      if (first.some((value, n) => value !== second[n])) {
        findings.problem("forward", "a second run with the same weights and actions gives other log-probabilities");
      }
      const n = first.findIndex((value, at) => Math.abs(value - (logForward[at] as number)) > ROUNDING * (1 + Math.abs(value)));
      if (n >= 0) {
        findings.problem(
          "forward",
          `log p_F of the same trajectory is ${logForward[n]} in the kernel that keeps records, and ${first[n]} in the kernel without records`,
        );
      }
      for (const layer of network.layers.keys()) await checkLayer(network, weights, layer, seed, scores, replay, findings);
    });
    findings.note(`the gradients of ${network.layers.length} layers were compared with finite differences in ${environment.title}`);
    return findings.report();
  } finally {
    sampler.dispose();
  }
}

/** Random weights other than the initial ones, at which mistakes may cancel, such as mistakes in gains of 1 and shifts of 0. */
function spreadWeights(network: Network, seed: number): LinearWeights[] {
  const random = new RandomStream(seed, 1);
  return initialWeights(network, seed).map(({ weight, bias }) => ({
    weight: weight.map((value) => 2 * value),
    bias: bias.map((value) => value + random.uniform() - 0.5),
  }));
}

type Replay = (weights: readonly LinearWeights[]) => Promise<Float64Array>;

/** Calls `use` with a function that evaluates log p_F of the given trajectories under any weights, then frees the buffers. */
async function withReplay(
  device: Device,
  environment: Environment,
  network: Network,
  actions: Uint32Array,
  use: (replay: Replay) => Promise<void>,
): Promise<void> {
  const shape = { environment, network, batch: BATCH, replicas: 1 };
  const buffers = {
    ...samplingBuffers(device, shape),
    weights: device.tensor([4 * network.weights4], { label: "weights" }),
    replicas: new Replicas(device, [{ seed: 0 }]),
    data: environmentData(device, environment),
  };
  const work = async () => {
    buffers.actions.write(actions);
    const program = new Program(device, "replay");
    await recordRollout(program, shape, buffers, { replay: true });
    await use(async (weights) => {
      buffers.weights.write(packWeights(network, weights));
      await program.run();
      return trajectoryColumns((await buffers.trajectories.read()) as Float32Array).logForward;
    });
  };
  await orFree(work(), () => disposeBuffers(buffers));
  disposeBuffers(buffers);
}

function norm(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

/** Compares a layer's gradient with finite differences along a random direction. */
async function checkLayer(
  network: Network,
  weights: readonly LinearWeights[],
  layer: number,
  seed: number,
  scores: Float32Array,
  replay: Replay,
  findings: Findings,
): Promise<void> {
  const random = new RandomStream(seed, 2 + layer);
  const draw = (values: Float32Array) => values.map(() => 2 * random.uniform() - 1);
  const own = weights[layer] as LinearWeights;
  const drawn = { weight: draw(own.weight), bias: draw(own.bias) };
  const length = Math.hypot(norm(drawn.weight), norm(drawn.bias));
  const direction = { weight: drawn.weight.map((value) => value / length), bias: drawn.bias.map((value) => value / length) };
  const add = (values: Float32Array, along: Float32Array, factor: number) =>
    values.map((value, i) => value + factor * (along[i] as number));
  const at = (factor: number) =>
    weights.map((each, l) =>
      l === layer ? { weight: add(each.weight, direction.weight, factor), bias: add(each.bias, direction.bias, factor) } : each,
    );
  const zeros = weights.map(({ weight, bias }) => ({ weight: weight.map(() => 0), bias: bias.map(() => 0) }));
  const along = packWeights(
    network,
    zeros.map((zero, l) => (l === layer ? direction : zero)),
  );
  const size = 4 * network.parameters4;
  const products = Array.from({ length: BATCH }, (_, n) => {
    let product = 0;
    for (let p = 0; p < size; p++) product += (scores[n * size + p] as number) * (along[p] as number);
    return product;
  });
  let best = Number.POSITIVE_INFINITY;
  let shown = [0, 0];
  for (const step of STEPS) {
    const [high, low] = [await replay(at(step)), await replay(at(-step))];
    const slopes = products.map((_, n) => ((high[n] as number) - (low[n] as number)) / (2 * step));
    const error = norm(slopes.map((slope, n) => slope - (products[n] as number))) / Math.max(norm(slopes), norm(products), 1e-6);
    if (error >= best) continue;
    best = error;
    const worst = slopes.reduce((most, slope, n) => {
      const gap = (index: number) => Math.abs((slopes[index] as number) - (products[index] as number));
      return Math.abs(slope - (products[n] as number)) > gap(most) ? n : most;
    }, 0);
    shown = [products[worst] as number, slopes[worst] as number];
    if (best < CLOSE) return;
  }
  const { inputs, outputs } = network.layers[layer] as Network["layers"][number];
  const [product, slope] = shown.map((value) => value.toPrecision(4));
  findings.problem(
    "backward",
    `the gradient of layer ${layer} (${inputs} → ${outputs}) is not that of finite differences: along a random direction, the slope of log p_F is ${product} by the backward pass and ${slope} by differences`,
  );
}
