import { argumentError, inBrief, requireArgument } from "@webgfn/tensor/internal";
import { unavailable } from "./capability.js";
import { TRAINING_DEFAULTS } from "./declaration.js";
import { encodeWords } from "./encoding.js";
import type { Environment } from "./environment.js";
import { completeDisplay, type DisplayDescription, type SampledObject, wordsDisplay } from "./objects.js";
import { wholeNumber } from "./parameters.js";
import { RESERVED_CONSTANTS } from "./reserved-constants.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";

type Needed = "name" | "shader" | "stateWords" | "actions" | "horizon" | "features";

/** A user-defined environment. The fields named in `Needed` are required; every other field of {@link Environment} has a default. */
export type EnvironmentDescription<O extends SampledObject = { words: number[] }> = Pick<Environment, Needed> &
  Partial<
    Omit<Environment, Needed | "decode" | "encode" | "objects" | "rewardFacts" | "withoutReward" | "hostReward" | "evaluatedReward">
  > &
  RewardOptions<O> & {
    /** Converts a terminal state's words into a plain object. Default: `{ words }`. */
    decode?(state: Uint32Array): O;
    /** The inverse of `decode`; it lets users give objects as data. Default: for objects `{ words }`, returns the words; otherwise none. */
    encode?(object: O): Uint32Array;
    /** How objects are shown as text, arrays and pictures. Every field has a default; see {@link ObjectDisplay}. */
    readonly objects?: DisplayDescription<O>;
  };

/** With another reward, the module does not need its own. */
const LOG_REWARD = "fn log_reward(state: State) -> f32";
/** Declarations that every WGSL module needs. */
const DECLARATIONS = [
  "alias State = array<u32, STATE_WORDS>",
  "fn initial_state() -> State",
  "fn is_terminal(state: State) -> bool",
  "fn is_allowed(state: State, action: u32) -> bool",
  "fn apply(state: State, action: u32) -> State",
  "fn is_undoable(state: State, action: u32) -> bool",
  "fn undo(state: State, action: u32) -> State",
  "fn parent_count(state: State) -> u32",
  "fn level(state: State) -> u32",
  "fn feature(state: State, k: u32) -> f32",
  "fn next_feature(state: State, start: u32) -> u32",
  LOG_REWARD,
];
/** Declarations that a module needs if its states are enumerated, if its actions are coordinates, and if it has data. */
const OF_ENUMERATION = ["fn state_at(index: u32) -> State", "fn state_index(state: State) -> u32"];
const OF_COORDINATES = ["fn exploration_range(state: State) -> vec2f"];
const OF_DATA = ["@group(1) @binding(0) var<storage, read> environment_data: array<f32>"];

/** Whether WGSL text has a declaration of the same kind and name. The WGSL compiler checks its signature. */
function declares(code: string, declaration: string): boolean {
  const [, how, name] = /(alias|fn|>) (\w+)/.exec(declaration) ?? [];
  return new RegExp(`${how}\\s*${name}\\b`).test(code);
}

/** @throws WebgfnError `argument` for a `featureGrid` that does not cover exactly the features. */
function requireGrid({ name, features, featureGrid: grid }: Pick<Environment, "name" | "features" | "featureGrid">): void {
  if (grid === undefined) return;
  requireArgument.object(`${name}'s featureGrid`, grid);
  const { channels, positions } = grid;
  if (Number.isInteger(channels) && Number.isInteger(positions) && channels >= 1 && channels * positions === features) return;
  throw argumentError(
    `${name}'s featureGrid has ${inBrief(channels)} channels at ${inBrief(positions)} positions, and there are ${features} features`,
  );
}

/**
 * Builds an environment from its WGSL module, its sizes, and optional facts about its target. By default there are no data, no constants
 * and no exact target, and an object is `{ words }`, the words of its terminal state.
 *
 * @throws WebgfnError `argument` that names the declarations missing from the module, or the first invalid field.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { available, defineEnvironment } from "@webgfn/envs";
 * export const coins = defineEnvironment({
 *   ...{ name: "coins", title: "four coins", shader: await readFile("coins.wgsl", "utf8") }, // apply, undo, log_reward, …
 *   ...{ stateWords: 1, actions: 8, horizon: 4, features: 8 },
 *   exactLogZ: available(Math.log(16)),
 *   decode: ([word = 0]) => ({ heads: [0, 1, 2, 3].filter((coin) => (word >> (2 * coin + 1)) & 1) }),
 * });
 * ```
 */
export function defineEnvironment<O extends SampledObject = { words: number[] }>(description: EnvironmentDescription<O>): Environment<O> {
  requireArgument.object("the description of an environment", description);
  const { name, shader } = description;
  const continuous = description.actionSpace === "continuous";
  // Without `decode`, O is { words }.
  const hasWords = description.decode === undefined;
  if (hasWords && description.encode !== undefined) {
    throw argumentError(`${name} has encode without decode`, "give both, or neither: objects are { words } then");
  }
  const decode = description.decode ?? ((state: Uint32Array) => ({ words: [...state] }) as SampledObject as O);
  const ofWords = encodeWords(description.title ?? name, description.stateWords) as unknown as NonNullable<Environment<O>["encode"]>;
  const encode = description.encode ?? (hasWords ? ofWords : undefined);
  const wordsShown = hasWords ? (wordsDisplay(description.stateWords) as DisplayDescription<SampledObject>) : {};
  const { reward, beta, ...own } = description;
  const environment: Environment<O> = {
    parameters: {},
    title: name,
    constants: {},
    featureOrder: "",
    data: new Float32Array(0),
    enumeration: unavailable(`${name} does not list its states`),
    exactLogZ: unavailable(`${name} does not say what log Z is`),
    exactSampling: unavailable(`${name} has no sampler of its target`),
    defaults: TRAINING_DEFAULTS,
    ...own,
    decode,
    ...(encode && { encode }),
    objects: completeDisplay(name, { ...(wordsShown as DisplayDescription<O>), ...description.objects }),
  };
  for (const size of ["stateWords", "horizon", "features"] as const) wholeNumber(`${name}'s ${size}`, environment[size], 1, 2 ** 20);
  wholeNumber(`${name}'s actions`, environment.actions, continuous ? 0 : 1, 2 ** 20);
  if (environment.stop !== undefined) {
    if (continuous) throw argumentError(`${name} has coordinates for actions, so none of them is the action that stops`, "leave out stop");
    wholeNumber(`${name}'s stop`, environment.stop, 0, environment.actions - 1);
  }
  requireGrid(environment);

  const reserved = Object.keys(environment.constants).find((constant) => RESERVED_CONSTANTS.includes(constant));
  if (reserved !== undefined) {
    throw argumentError(`${name}'s constant ${reserved} has the name of a size of the kernels`, "choose another name for it");
  }

  if (typeof shader !== "string") throw argumentError(`${name}'s shader must be the text of a WGSL module, not ${typeof shader}`);
  const code = shader.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
  const wanted = [
    ...DECLARATIONS.filter((declaration) => reward === undefined || declaration !== LOG_REWARD),
    ...(environment.enumeration.available ? OF_ENUMERATION : []),
    ...(continuous ? OF_COORDINATES : []),
    ...(environment.data.length > 0 ? OF_DATA : []),
  ];
  const missing = wanted.filter((declaration) => !declares(code, declaration));
  if (missing.length > 0) throw argumentError(`the WGSL module of ${name} lacks ${missing.join("; ")}`);
  return withReward(environment, { ...(reward && { reward }), ...(beta !== undefined && { beta }) });
}
