import { rules } from "@webgfn/tensor";
import { argumentError, requireArgument, requireOptions, type Schema } from "@webgfn/tensor/internal";
import type { Reward } from "./reward.js";

/** A linear layer as `nn.Linear` keeps it. */
export interface LinearLayer {
  kind: "linear";
  inputs: number;
  outputs: number;
  /** [outputs · inputs], row by row. */
  weight: ArrayLike<number>;
  /** [outputs]. Default: zeros. */
  bias?: ArrayLike<number>;
}

/** An activation, element by element. */
interface ActivationLayer {
  kind: "relu" | "leaky-relu" | "silu" | "tanh" | "sigmoid";
  /** Of a leaky ReLU below 0. Default 0.01. */
  slope?: number;
}

/** A network from the features of an object to one number. */
export interface RewardNetwork {
  layers: readonly (LinearLayer | ActivationLayer)[];
}

export interface NetworkRewardOptions {
  /** Whether the network's number is log R (`log`, the default) or R (`linear`). */
  scale?: "log" | "linear";
  /** Raises linear numbers to this power; below 0 they count as 0. Default 1. */
  exponent?: number;
  /** Multiplies linear numbers, after the power. Default 1. */
  factor?: number;
  /** Least R of linear numbers. Default 1e-6. */
  floor?: number;
  /** Of an ensemble: the number is the mean of the networks plus this many standard deviations. Default 0. */
  deviations?: number;
  /** What the reward is called in messages. Default `a network`. */
  name?: string;
}

const OPTIONS: Schema<NetworkRewardOptions> = {
  scale: rules.oneOf("log", "linear"),
  exponent: rules.number(-1e3, 1e3),
  factor: rules.number(1e-30, 1e30),
  floor: rules.number(1e-30, 1e30),
  deviations: rules.number(-1e3, 1e3),
  name: rules.text,
};

/** Widest layer: the kernel keeps the numbers of two layers at a time. */
const WIDEST = 1024;

/** WGSL of an activation of x. */
const ACTIVATIONS: Readonly<Record<ActivationLayer["kind"], (slope: number) => string>> = {
  relu: () => "max(x, 0.0)",
  "leaky-relu": (slope) => `select(f32(${slope}) * x, x, x > 0.0)`,
  silu: () => "x / (1.0 + exp(-x))",
  tanh: () => "tanh(clamp(x, -20.0, 20.0))",
  sigmoid: () => "1.0 / (1.0 + exp(-x))",
};

/**
 * A reward by a neural network, or by an ensemble of networks of the same layers: an MLP that reads the environment's features (their order
 * is `environment.featureOrder`) and gives one number. It stays on the GPU.
 *
 * @throws WebgfnError `argument` for layers that do not fit each other, weights that are not finite, or, where an environment takes it, for
 * another number of features.
 */
export function networkReward(networks: RewardNetwork | readonly RewardNetwork[], options: NetworkRewardOptions = {}): Reward {
  const members = Array.isArray(networks) ? (networks as readonly RewardNetwork[]) : [networks as RewardNetwork];
  requireOptions("networkReward", options, OPTIONS);
  const [first] = members;
  if (first === undefined) throw argumentError("networkReward needs at least one network");
  members.forEach(requireNetwork);
  const shape = shapeOf(first);
  const other = members.findIndex((member) => shapeOf(member) !== shape);
  if (other >= 0) throw argumentError(`network ${other + 1} of the ensemble has other layers than the first one`);
  const linear = first.layers.filter((layer) => layer.kind === "linear");
  const title = options.name ?? (members.length === 1 ? "a network" : `an ensemble of ${members.length} networks`);
  const weights = members.map(packed);
  return {
    kind: "network",
    title,
    bind: ({ features, featureOrder, title: environment }) => {
      const inputs = linear[0]?.inputs;
      if (inputs !== features) {
        throw argumentError(`${title} reads ${inputs} numbers, and ${environment} has ${features} features: ${featureOrder}`);
      }
      return { wgsl: moduleOf(first, members.length, options), data: Float32Array.from(weights.flat()) };
    },
  };
}

function requireNetwork(network: RewardNetwork): void {
  requireArgument.object("a network", network);
  const { layers } = network;
  requireArgument.list("the layers of a network", layers);
  let width: number | undefined;
  layers.forEach((layer, n) => {
    requireArgument.object(`layer ${n} of a network`, layer);
    if (layer.kind !== "linear") {
      if (!Object.hasOwn(ACTIVATIONS, layer.kind)) {
        throw argumentError(`layer ${n} is "${layer.kind}", and must be linear, ${Object.keys(ACTIVATIONS).join(", ")}`);
      }
      if (width === undefined) throw argumentError(`layer ${n} is "${layer.kind}", and the first layer must be linear`);
      return;
    }
    const { inputs, outputs, weight, bias } = layer;
    if (!(Number.isInteger(outputs) && outputs >= 1 && outputs <= WIDEST)) {
      throw argumentError(`layer ${n} has ${outputs} outputs, and may have 1 to ${WIDEST}`);
    }
    if (width !== undefined && inputs !== width)
      throw argumentError(`layer ${n} reads ${inputs} numbers, and the one before gives ${width}`);
    if (weight?.length !== inputs * outputs) {
      throw argumentError(`layer ${n} has ${weight?.length ?? "no"} weights, and ${outputs} × ${inputs} are needed`);
    }
    if (bias !== undefined && bias.length !== outputs) throw argumentError(`layer ${n} has ${bias.length} biases for ${outputs} outputs`);
    for (const values of [weight, bias ?? []]) {
      const wrong = Array.from(values).find((value) => !Number.isFinite(Math.fround(value)));
      if (wrong !== undefined) throw argumentError(`layer ${n} holds a weight that is ${wrong}, not a finite number`);
    }
    width = outputs;
  });
  if (width !== 1) throw argumentError(`the network gives ${width ?? "no"} numbers, and must give one`);
}

/** What two networks of an ensemble must have in common. */
function shapeOf({ layers }: RewardNetwork): string {
  return JSON.stringify(layers.map((layer) => (layer.kind === "linear" ? [layer.inputs, layer.outputs] : [layer.kind, layer.slope])));
}

/** Weights as the kernel reads them: of each linear layer its biases, then its weights by input. */
function packed({ layers }: RewardNetwork): number[] {
  return layers.flatMap((layer) => {
    if (layer.kind !== "linear") return [];
    const { inputs, outputs, weight, bias } = layer;
    const biases = Array.from({ length: outputs }, (_, o) => bias?.[o] ?? 0);
    const byInput = Array.from({ length: inputs * outputs }, (_, n) => weight[(n % outputs) * inputs + Math.floor(n / outputs)] as number);
    return [...biases, ...byInput];
  });
}

/** The module `package::reward`: every layer is a loop of its own. */
function moduleOf({ layers }: RewardNetwork, members: number, options: NetworkRewardOptions): string {
  const body: string[] = [];
  let at = 0;
  let before: string | undefined;
  let width = 0;
  layers.forEach((layer, n) => {
    if (layer.kind !== "linear") {
      const value = ACTIVATIONS[layer.kind](layer.slope ?? 0.01);
      body.push(`for (var o = 0u; o < ${width}u; o++) { let x = ${before}[o]; ${before}[o] = ${value}; }`);
      return;
    }
    const { inputs, outputs } = layer;
    const own = `layer_${n}`;
    const [bias, weight] = [at, at + outputs];
    body.push(`var ${own}: array<f32, ${outputs}>;`);
    body.push(`for (var o = 0u; o < ${outputs}u; o++) { ${own}[o] = reward_data(start + ${bias}u + o); }`);
    const add = `for (var o = 0u; o < ${outputs}u; o++) { ${own}[o] += x * reward_data(start + ${weight}u + i * ${outputs}u + o); }`;
    body.push(
      before === undefined
        ? `for (var i = next_feature(state, 0u); i < ${inputs}u; i = next_feature(state, i + 1u)) { let x = feature(state, i); ${add} }`
        : `for (var i = 0u; i < ${inputs}u; i++) { let x = ${before}[i]; ${add} }`,
    );
    before = own;
    width = outputs;
    at += outputs + inputs * outputs;
  });
  return `import package::environment::{State, feature, next_feature};
import package::reward_data::reward_data;

fn network(state: State, start: u32) -> f32 {
  ${body.join("\n  ")}
  return ${before}[0];
}

fn log_reward(state: State) -> f32 {
  var sum = 0.0;
  var values: array<f32, ${members}>;
  for (var n = 0u; n < ${members}u; n++) {
    values[n] = network(state, n * ${at}u);
    sum += values[n];
  }
  let mean = sum / ${members}.0;
  var squares = 0.0;
  for (var n = 0u; n < ${members}u; n++) { squares += (values[n] - mean) * (values[n] - mean); }
  let number = mean + f32(${options.deviations ?? 0}) * sqrt(squares / ${members}.0);
  return ${scaled("number", options)};
}
`;
}

/** log R of the network's number. */
function scaled(number: string, { scale = "log", exponent = 1, factor = 1, floor = 1e-6 }: NetworkRewardOptions): string {
  if (scale === "log") return number;
  return `log(max(f32(${floor}), f32(${factor}) * pow(max(${number}, 0.0), f32(${exponent}))))`;
}
