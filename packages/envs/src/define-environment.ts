import { argumentError } from "@webgfn/tensor";
import { type Environment, unavailable } from "./environment.js";
import { wholeNumber } from "./parameters.js";
import { RESERVED_CONSTANTS } from "./reserved-constants.js";

type Needed = "name" | "shader" | "stateWords" | "actions" | "horizon" | "features";

/** What an environment of one's own has to say; every other field of {@link Environment} has a default. */
export type EnvironmentDescription = Pick<Environment, Needed> & Partial<Omit<Environment, Needed>>;

/** What every module defines. */
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
  "fn log_reward(state: State) -> f32",
];
const OF_ENUMERATION = ["fn state_at(index: u32) -> State", "fn state_index(state: State) -> u32"];
const OF_COORDINATES = ["fn exploration_range(state: State) -> vec2f"];
const OF_DATA = ["@group(1) @binding(0) var<storage, read> environment_data: array<f32>"];

/** Whether WGSL text declares the same name in the same way; the compiler checks the rest. */
function declares(code: string, declaration: string): boolean {
  const [, how, name] = /(alias|fn|>) (\w+)/.exec(declaration) ?? [];
  return new RegExp(`${how}\\s*${name}\\b`).test(code);
}

/**
 * An environment from its WGSL module and the facts about it. By default there are no data, no constants, no exact target,
 * and an object is its state's words.
 *
 * @throws WebgfnError `argument` naming what the module lacks, or the first size that is not acceptable.
 */
export function defineEnvironment(description: EnvironmentDescription): Environment {
  const { name, shader } = description;
  const continuous = description.actionSpace === "continuous";
  const environment: Environment = {
    parameters: {},
    title: name,
    constants: {},
    featureOrder: "",
    data: new Float32Array(0),
    enumeration: unavailable(`${name} does not list its states`),
    exactLogZ: unavailable(`${name} does not say what log Z is`),
    exactSampling: unavailable(`${name} has no sampler of its target`),
    decode: (state) => ({ words: [...state] }),
    ...description,
  };
  for (const size of ["stateWords", "horizon", "features"] as const) wholeNumber(`${name}'s ${size}`, environment[size], 1, 2 ** 20);
  wholeNumber(`${name}'s actions`, environment.actions, continuous ? 0 : 1, 2 ** 20);

  const reserved = Object.keys(environment.constants).find((constant) => RESERVED_CONSTANTS.includes(constant));
  if (reserved !== undefined) {
    throw argumentError(`${name}'s constant ${reserved} has the name of a size of the kernels`, "choose another name for it");
  }

  if (typeof shader !== "string") throw argumentError(`${name}'s shader must be the text of a WGSL module, not ${typeof shader}`);
  const code = shader.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
  const wanted = [
    ...DECLARATIONS,
    ...(environment.enumeration.available ? OF_ENUMERATION : []),
    ...(continuous ? OF_COORDINATES : []),
    ...(environment.data.length > 0 ? OF_DATA : []),
  ];
  const missing = wanted.filter((declaration) => !declares(code, declaration));
  if (missing.length > 0) throw argumentError(`the WGSL module of ${name} lacks ${missing.join("; ")}`);
  return environment;
}
