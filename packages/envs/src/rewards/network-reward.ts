import { rules } from "@webgfn/tensor";
import { argumentError, requireOptions, type Schema } from "@webgfn/tensor/internal";
import { type NetworkKernel, networkKernel, packedWeights } from "./network-kernel.js";
import { type RewardNetwork, requireNetwork, shapeOf } from "./network-layers.js";
import { type NetworkStep, stepsOf } from "./network-steps.js";
import type { Reward } from "./reward.js";

/** Options of {@link networkReward}. */
export interface NetworkRewardOptions {
  /** Whether the network's output is log R (`log`, the default) or R (`linear`). */
  scale?: "log" | "linear";
  /** Raises linear outputs to this power; negative outputs count as 0. Default 1. */
  exponent?: number;
  /** Multiplies linear outputs, after the power. Default 1. */
  factor?: number;
  /** Smallest R of linear outputs. Default 1e-6. */
  floor?: number;
  /** For an ensemble: the output is the mean of the networks plus this many standard deviations. Default 0. */
  deviations?: number;
  /** Name of the reward in messages. Default `a network`. */
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

/**
 * A reward by a neural network, or by an ensemble of networks with the same layers: an MLP or a convolutional network that maps the
 * environment's features (in the order of `environment.featureOrder`) to one number. It runs on the GPU.
 *
 * If the first layer is `linear`, the features are a list of numbers. For `embedding`, `conv1d` and pools they are channels at positions,
 * according to the environment's `featureGrid`. Without a `featureGrid`, the number of channels of the first layer divides the features into
 * positions.
 *
 * @throws WebgfnError `argument` for unknown layers and weights that are not finite. Binding it to an environment throws `argument` for
 * layers that do not fit its features or each other, and `limit` for layers that are too wide for the GPU.
 *
 * @example
 * ```ts
 * import { networkReward, sets } from "@webgfn/envs";
 * const hidden = { kind: "linear", inputs: 3, outputs: 2, weight: [1, 0, -1, 0, 1, 1], bias: [0, 0.5] } as const;
 * const output = { kind: "linear", inputs: 2, outputs: 1, weight: [0.3, -0.2] } as const;
 * const reward = networkReward({ layers: [hidden, { kind: "relu" }, output] });
 * const environment = sets({ items: 3, size: 2, reward }); // one feature an item: 1 where it is in the set
 * console.log(environment.rewardFacts?.kind); // network
 * ```
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
  const title = options.name ?? (members.length === 1 ? "a network" : `an ensemble of ${members.length} networks`);
  return {
    kind: "network",
    title,
    bind: (environment) => {
      const steps = members.map((member) => stepsOf(member, environment, title));
      const kernel = networkKernel(steps[0] as NetworkStep[], title);
      return { wgsl: moduleOf(kernel, members.length, options), data: Float32Array.from(steps.flatMap(packedWeights)) };
    },
  };
}

/** The module `package::reward`. */
function moduleOf({ wgsl, weights }: NetworkKernel, members: number, options: NetworkRewardOptions): string {
  return `${wgsl}
fn log_reward(state: State) -> f32 {
  var mean = 0.0;
  var squares = 0.0;
  for (var n = 0u; n < ${members}u; n++) {
    let number = network(state, n * ${weights}u);
    let difference = number - mean;
    mean += difference / f32(n + 1u);
    squares += difference * (number - mean);
  }
  let number = mean + f32(${options.deviations ?? 0}) * sqrt(squares / ${members}.0);
  return ${scaled("number", options)};
}
`;
}

/** WGSL of log R from the network's output. */
function scaled(number: string, { scale = "log", exponent = 1, factor = 1, floor = 1e-6 }: NetworkRewardOptions): string {
  if (scale === "log") return number;
  return `log(max(f32(${floor}), f32(${factor}) * pow(max(${number}, 0.0), f32(${exponent}))))`;
}
