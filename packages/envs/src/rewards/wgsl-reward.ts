import { rules } from "@webgfn/tensor";
import { argumentError, requireOptions, type Schema } from "@webgfn/tensor/internal";
import type { Reward } from "./reward.js";

/** The argument of {@link wgslReward}. */
export interface WgslReward {
  /**
   * The text of a WGSL module with `fn log_reward(state: State) -> f32`. It may import `State` and the environment's own functions from
   * `package::environment`, and read its {@link data}: `import package::reward_data::reward_data;`, then `reward_data(i)`.
   */
  shader: string;
  /** Numbers that the module reads. Default: none. */
  data?: Float32Array;
  /** Name of the reward in messages. Default `a WGSL reward`. */
  name?: string;
}

const SCHEMA: Schema<WgslReward> = {
  shader: { ...rules.text, words: "the text of a WGSL module" },
  data: { words: "a Float32Array", accepts: (value) => value instanceof Float32Array },
  name: rules.text,
};

/**
 * A reward as a WGSL function of the state. It runs on the GPU, and costs no more than an environment's own.
 *
 * @throws WebgfnError `argument` for a module without `log_reward`.
 *
 * @example
 * ```ts
 * import { sets, wgslReward } from "@webgfn/envs";
 * const shader = `
 *   import package::environment::{State, contains};
 *   fn log_reward(state: State) -> f32 { return select(0.0, 2.0, contains(state, 3u)); }
 * `;
 * const environment = sets({ items: 8, size: 4, reward: wgslReward({ shader }) });
 * console.log(environment.rewardFacts?.kind); // wgsl
 * ```
 */
export function wgslReward(description: WgslReward): Reward {
  requireOptions("wgslReward", description, SCHEMA, "shader");
  const { shader, data, name } = description;
  const code = shader.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
  if (!/\bfn\s+log_reward\b/.test(code)) throw argumentError("the WGSL module of wgslReward lacks fn log_reward(state: State) -> f32");
  if (data === undefined && /\breward_data\b/.test(code))
    throw argumentError("the WGSL module of wgslReward reads reward_data, but data is not given");
  return { kind: "wgsl", title: name ?? "a WGSL reward", bind: () => ({ wgsl: shader, ...(data && { data }) }) };
}
