import { argumentError, requireArgument } from "@webgfn/tensor/internal";
import { unavailable } from "../capability.js";
import type { Environment } from "../environment.js";
import { joined } from "../joined.js";
import type { SampledObject } from "../objects.js";
import type { HostEvaluation, RewardFacts, RewardKind } from "./reward-facts.js";

/** A reward bound to one environment: a WGSL function on the GPU, or a function on the host. */
export interface BoundReward {
  /** The WGSL module `package::reward`, which defines `fn log_reward(state: State) -> f32`. */
  readonly wgsl?: string;
  /** Numbers that the module reads through `reward_data(i)`. Default: none. */
  readonly data?: Float32Array;
  /** Constants that the module imports as `constants::NAME`; the names begin with REWARD_. Default: none. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Evaluates objects on the host; there is then no module. */
  readonly host?: HostEvaluation;
}

/**
 * A reward R(x) of objects, separate from their environment. `wgslReward`, `tableReward`, `networkReward` and `hostReward` make one. Pass it
 * to an environment as `sets({ reward })`, or use {@link withReward}.
 */
export interface Reward<O extends SampledObject = SampledObject> {
  /** How it is computed. */
  readonly kind: RewardKind;
  /** One readable line, such as `a table of 65536 rewards`. */
  readonly title: string;
  /**
   * Binds the reward to this environment's objects.
   *
   * @throws WebgfnError `argument` or `file` if it does not fit the environment, with the reason.
   */
  bind(environment: Environment<O>): BoundReward;
}

/** Options of every environment of this package, in addition to its own parameters. */
export interface RewardOptions<O extends SampledObject = SampledObject> {
  /** The reward of objects. Default: the environment's own. */
  readonly reward?: Reward<O>;
  /** Inverse temperature β: the target is R^β. It multiplies log R. Default 1. */
  readonly beta?: number;
}

/** The name of the environment's own log R in a module with another reward. */
const OWN = "own_log_reward";

/** `reward_data(i)`, for a reward's module. */
const REWARD_DATA = `
import constants::REWARD_START;
import package::environment::environment_data;

fn reward_data(i: u32) -> f32 {
  return environment_data[REWARD_START + i];
}
`;

/**
 * The same environment with another reward, or another inverse temperature: dynamics, features and objects stay.
 *
 * An environment's exact facts about its own target (log Z, exact samples, the mode threshold) do not hold for another reward. `listTarget`
 * computes them again if the objects can be listed.
 *
 * @throws WebgfnError `argument` for a reward that does not fit the environment, or a β that is not a number above 0.
 *
 * @example
 * ```ts
 * import { hypergrid, withReward } from "@webgfn/envs";
 * const grid = hypergrid({ side: 8 });
 * const sharper = withReward(grid, { beta: 2 }); // R² in place of R
 * console.log(grid.exactLogZ.available, sharper.exactLogZ.available); // true false
 * ```
 */
export function withReward<O extends SampledObject, E extends Environment<O>>(
  environment: E & Environment<O>,
  options: RewardOptions<O>,
): E {
  requireArgument.environment(environment);
  requireArgument.object("the options of withReward", options);
  const { reward, beta = 1 } = options;
  if (reward === undefined && beta === 1) return environment;
  if (typeof beta !== "number" || !(beta > 0 && beta <= 1e6))
    throw argumentError(`beta must be a number above 0 and at most 1e6, not ${beta}`);
  if (environment.rewardFacts !== undefined) {
    throw argumentError(`${environment.title} has another reward already`, "give the reward to the environment without one");
  }
  if (reward !== undefined) requireReward(reward);
  const { wgsl, data, host, constants = {} } = reward?.bind(environment) ?? {};
  const { shader, modules } = environment;
  const of = `the target of ${environment.title} with ${reward?.title ?? `beta ${beta}`}`;
  const facts: RewardFacts = { kind: reward?.kind ?? "own", title: reward?.title ?? "the environment's own reward", beta };
  const { modeThreshold, modeOf, marginalOffset, ...rest } = environment;
  const picture = environment.objects.picture;
  const unknown = unavailable<never>(`${of} was not summed up`);
  return {
    ...rest,
    rewardFacts: facts,
    withoutReward: environment,
    shader: rewardedShader(shader, { beta, wgsl, host }),
    modules: { ...modules, ...(wgsl === undefined ? {} : { reward: wgsl, reward_data: REWARD_DATA }) },
    constants: { ...environment.constants, ...constants, REWARD_START: environment.data.length },
    data: data === undefined ? environment.data : joined(environment.data, data),
    ...(host && { hostReward: beta === 1 ? host : tempered(host, beta) }),
    ...(host && {
      enumeration: unavailable(`${reward?.title ?? "a reward"} is evaluated on the host, and not for every object`),
    }),
    exactLogZ: unknown,
    exactSampling: unavailable(`${of} has no sampler`),
    ...("posterior" in environment && { posterior: unknown }),
    ...("edgeMarginals" in environment && { edgeMarginals: unknown }),
    ...(picture.kind === "trees" && { objects: { ...environment.objects, picture: { ...picture, exactClades: unknown } } }),
    ...(picture.kind === "edges" && {
      objects: { ...environment.objects, picture: { ...picture, exactMarginals: unknown, exactPaths: unknown } },
    }),
  } as unknown as E;
}

/** @throws WebgfnError `argument` for a value that is not a reward. */
export function requireReward(reward: unknown): asserts reward is Reward {
  requireArgument.object("the reward", reward);
  if (typeof (reward as Partial<Reward>).bind === "function") return;
  throw argumentError(
    "the reward must be one that wgslReward, tableReward or hostReward makes",
    "for a function of your own: hostReward((objects) => objects.map(…))",
  );
}

/** The module of an environment, with `log_reward` replaced. Line numbers do not change. */
function rewardedShader(
  shader: string,
  { beta, wgsl, host }: { beta: number; wgsl: string | undefined; host: HostEvaluation | undefined },
): string {
  const own = shader.replace(/\blog_reward\b/g, OWN);
  const data = /\benvironment_data\s*:/.test(shader) ? "" : "@group(1) @binding(0) var<storage, read> environment_data: array<f32>;";
  // The host's values overwrite this one.
  const value = host === undefined ? `${wgsl === undefined ? OWN : "package::reward::log_reward"}(state)` : "0.0";
  const factor = beta === 1 || host !== undefined ? "" : `f32(${beta}) * `;
  return [own, data, `fn log_reward(state: State) -> f32 {\n  return ${factor}${value};\n}`, ""].join("\n");
}

/** The same reward to the power β. */
function tempered(host: HostEvaluation, beta: number): HostEvaluation {
  return {
    evaluate: async (states) => (await host.evaluate(states)).map((value) => beta * value),
    listUpTo: host.listUpTo,
    get counts() {
      return host.counts;
    },
    get problem() {
      return host.problem;
    },
  };
}
