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
  transitionRecord,
} from "@webgfn/sampler/internal";
import outputCoefficients from "@webgfn/shaders/check/output_coefficients.wgsl";
import { type Device, Program, RandomStream, rules, WebgfnError } from "@webgfn/tensor";
import { orFree, requireArgument, requireOptions, type Schema } from "@webgfn/tensor/internal";
import { recordReplay, ScoreSampler } from "@webgfn/trainer/internal";
import { type CheckReport, Findings } from "./report.js";

/** Options of {@link checkPolicy}. */
export interface PolicyCheckOptions {
  /** Seed of the weights and of the trajectories. Default 1. */
  seed?: number;
}

const OPTIONS: Schema<PolicyCheckOptions> = { seed: rules.whole(0) };

/** Number of trajectories to differentiate the log-probabilities of. */
const BATCH = 8;
/**
 * Steps of the finite differences, tried in turn. A short step avoids kinks of activations; the difference over a long one exceeds rounding
 * errors.
 */
const STEPS = [0.02, 0.06, 0.005, 0.001, 0.0003];
/** Largest relative error of the gradient against finite differences. */
const CLOSE = 2e-2;
/** Largest relative error of a replay's log-probabilities against the rollout's, which another kernel computes. */
const ROUNDING = 1e-4;

/** The outputs that a policy has in addition to those for p_F. Training requests one of these three sets. */
const FORMS = [
  { with: "", backward: "uniform", flow: false, value: "log p_F" },
  { with: " with a learned p_B", backward: "learned", flow: false, value: "log p_F + ½ log p_B" },
  { with: " with a learned flow", backward: "uniform", flow: true, value: "log p_F + ½ Σ log F" },
] as const;

type Form = (typeof FORMS)[number];

/**
 * Checks a user-defined policy in an environment, by itself and with the outputs for a learned p_B and a learned flow: log p_F is finite,
 * and at most 0 for discrete actions; the same weights and actions give the same bits; the backward pass gives the gradient of every
 * layer that finite differences give.
 *
 * @throws WebgfnError `shader` if a module does not link or compile; `argument` if the policy does not fit the environment.
 *
 * @example
 * ```ts
 * import { checkPolicy } from "@webgfn/check";
 * import { mlp, openDevice, sets } from "webgfn";
 * const device = await openDevice();
 * console.log((await checkPolicy(device, mlp({ hidden: [16] }), sets({ items: 6, size: 3 }))).problems); // []
 * device.dispose();
 * ```
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
  for (const form of FORMS) {
    const network = fitForm(policy, environment, form, findings);
    if (network !== undefined) await checkForm(device, environment, network, form, options.seed ?? 1, findings);
    // The other forms would report the same problems again.
    if (findings.report().problems.length > 0) break;
  }
  return findings.report();
}

/** The policy's network in a form; `undefined`, with a note, if the policy or the environment does not support the form. */
function fitForm(policy: Policy, environment: Environment, form: Form, findings: Findings): Network | undefined {
  try {
    return fitPolicy(policy.with({ backward: form.backward }), environment, { flow: form.flow });
  } catch (cause) {
    if (form === FORMS[0] || !(cause instanceof WebgfnError)) throw cause;
    findings.note(`not checked${form.with}: ${cause.message}`);
    return undefined;
  }
}

async function checkForm(
  device: Device,
  environment: Environment,
  network: Network,
  form: Form,
  seed: number,
  findings: Findings,
): Promise<void> {
  const weights = spreadWeights(network, seed);
  const options = { environment, network, weights, batchSize: BATCH, seed, firstBatch: 0, harness: outputCoefficients };
  const sampler = await ScoreSampler.create(device, options);
  try {
    const { scores, logForward, logBackward } = await sampler.next();
    const wrong = logForward.find((value) => !Number.isFinite(value) || (environment.actionSpace !== "continuous" && value > 1e-4));
    if (wrong !== undefined) {
      findings.problem("forward", `log p_F of a sampled trajectory is ${wrong}${form.with}`);
      return;
    }
    const check = async (replay: Replay) => {
      const [first, second] = [await replay(weights), await replay(weights)];
      if (first.values.some((value, n) => value !== second.values[n])) {
        findings.problem("forward", `a second run with the same weights and actions gives other log-probabilities${form.with}`);
      }
      requireEqual("log p_F", logForward, first.logForward, form, findings);
      requireEqual("log p_B", logBackward, first.logBackward, form, findings);
      for (const layer of network.layers.keys()) await checkLayer(network, weights, layer, seed, scores, replay, form, findings);
    };
    if (form.flow) await check(await replayWithRecords(device, network, sampler));
    else await withReplay(device, environment, network, (await sampler.buffers.actions.read()) as Uint32Array, check);
    findings.note(
      `the gradients of ${network.layers.length} layers were compared with finite differences in ${environment.title}${form.with}`,
    );
  } finally {
    sampler.dispose();
  }
}

/** Compares log-probabilities of the same trajectories by two kernels: one keeps records for the backward pass, the other replays. */
function requireEqual(what: string, recorded: Float64Array, replayed: Float64Array, form: Form, findings: Findings): void {
  const n = replayed.findIndex((value, at) => !(Math.abs(value - (recorded[at] as number)) <= ROUNDING * (1 + Math.abs(value))));
  if (n < 0) return;
  findings.problem(
    "forward",
    `${what} of the same trajectory is ${recorded[n]} in the kernel that keeps records, and ${replayed[n]} in the kernel that replays it${form.with}`,
  );
}

/** Random weights other than the initial ones, at which mistakes may cancel, such as mistakes in gains of 1 and shifts of 0. */
function spreadWeights(network: Network, seed: number): LinearWeights[] {
  const random = new RandomStream(seed, 1);
  return initialWeights(network, seed).map(({ weight, bias }) => ({
    weight: weight.map((value) => 2 * value),
    bias: bias.map((value) => value + random.uniform() - 0.5),
  }));
}

/** The policy's values along the trajectories. `values` are the quantities that `output_coefficients.wgsl` differentiates. */
interface Replayed {
  logForward: Float64Array;
  logBackward: Float64Array;
  values: Float64Array;
}

type Replay = (weights: readonly LinearWeights[]) => Promise<Replayed>;

function replayed(network: Network, trajectories: Float32Array, transitions?: Float32Array): Replayed {
  const { logForward, logBackward, length } = trajectoryColumns(trajectories);
  const steps = (transitions?.length ?? 0) / (BATCH * transitionRecord.words);
  const further = (n: number): number => {
    if (transitions === undefined) return network.head.backward === "learned" ? (logBackward[n] as number) : 0;
    let sum = 0;
    for (let time = 0; time < (length[n] as number); time++) {
      sum += transitionRecord.get(transitions, n * steps + time, "log_flow");
    }
    return sum;
  };
  return { logForward, logBackward, values: logForward.map((value, n) => value + further(n) / 2) };
}

/** Replays the sampler's last batch under any weights, in its own buffers. Only this way makes records of transitions, with log F. */
async function replayWithRecords(device: Device, network: Network, { shape, buffers }: ScoreSampler): Promise<Replay> {
  const program = await recordReplay(device, shape, buffers);
  return async (weights) => {
    buffers.weights.write(packWeights(network, weights));
    await program.run();
    const transitions = (await buffers.transitions?.read()) as Float32Array;
    return replayed(network, (await buffers.trajectories.read()) as Float32Array, transitions);
  };
}

/** Calls `use` with a function that evaluates the policy along the given trajectories under any weights, then frees the buffers. */
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
      return replayed(network, (await buffers.trajectories.read()) as Float32Array);
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
  form: Form,
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
    const [{ values: high }, { values: low }] = [await replay(at(step)), await replay(at(-step))];
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
    `the gradient of layer ${layer} (${inputs} → ${outputs}) is not that of finite differences${form.with}: along a random direction, the slope of ${form.value} is ${product} by the backward pass and ${slope} by differences`,
  );
}
