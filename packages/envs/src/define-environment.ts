import { argumentError, requireArgument } from "@webgfn/tensor/internal";
import { unavailable } from "./capability.js";
import { TRAINING_DEFAULTS } from "./declaration.js";
import type { Environment } from "./environment.js";
import { completeDisplay, type DisplayDescription, type SampledObject, wordsDisplay } from "./objects.js";
import { wholeNumber } from "./parameters.js";
import { RESERVED_CONSTANTS } from "./reserved-constants.js";

type Needed = "name" | "shader" | "stateWords" | "actions" | "horizon" | "features";

/** An environment of one's own: every field of {@link Environment} but these few has a default. */
export type EnvironmentDescription<O extends SampledObject = { words: number[] }> = Pick<Environment, Needed> &
  Partial<Omit<Environment, Needed | "decode" | "objects">> & {
    /** Turns a terminal state's words into a plain object, whose type is that of every sample. */
    decode?(state: Uint32Array): O;
    /** How objects are shown. A field that is left out has a default; see {@link ObjectDisplay}. */
    readonly objects?: DisplayDescription<O>;
  };

/** Declarations that every module needs; below, those of modules with an enumeration, with coordinates, and with data. */
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
 * Makes an environment from its WGSL module and the facts about it. By default there are no data, no constants and no exact
 * target; an object is its state's words, and is shown as these; `objects` says how other objects are shown.
 *
 * @throws WebgfnError `argument` naming what the module lacks, or the first size that is not acceptable.
 */
export function defineEnvironment<O extends SampledObject = { words: number[] }>(description: EnvironmentDescription<O>): Environment<O> {
  requireArgument.object("the description of an environment", description);
  const { name, shader } = description;
  const continuous = description.actionSpace === "continuous";
  // Without `decode`, O is the words.
  const decode = description.decode ?? ((state: Uint32Array) => ({ words: [...state] }) as SampledObject as O);
  const wordsShown = description.decode === undefined ? (wordsDisplay(description.stateWords) as DisplayDescription<SampledObject>) : {};
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
    ...description,
    decode,
    objects: completeDisplay(name, { ...(wordsShown as DisplayDescription<O>), ...description.objects }),
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
