import source from "@webgfn/shaders/envs/sequences.wgsl";
import symbolsModule from "@webgfn/shaders/envs/symbols.wgsl";
import { RandomStream, rules } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { available, unavailable } from "./capability.js";
import { chosen } from "./choosing.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import { listIn, requireWholeNumbers, unreachable, withoutPadding } from "./encoding.js";
import { type Environment, MOST_STATES } from "./environment.js";
import { completeDisplay, type ObjectDisplay } from "./objects.js";
import { SEED } from "./parameters.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import { ALPHABET, lettersOf } from "./sequences/letters.js";
import { packing } from "./sequences/packing.js";
import { highestLogReward, positionWise } from "./sequences/position-wise.js";
import type { SequencePreset } from "./sequences/preset.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link sequences}. */
export interface SequencesParameters extends RewardOptions<SequenceObject> {
  /** Number of symbols D, from 1 to 256. Default 8, the paper's. */
  symbols?: number;
  /** Largest length N of a sequence, from 1 to 64. Default 6, the paper's. */
  length?: number;
  /** Smallest length of a sequence, at most `length`. If both are equal, all sequences have this length. Default 0. */
  minLength?: number;
  /** Seed of the symbols' values, f(v) ~ N(0, 1). Default 0. */
  dataSeed?: number;
}

/** A sequence by the numbers of its symbols. */
export type SequenceObject = { symbols: number[] };

const PARAMETERS = {
  symbols: { value: 8, rule: rules.whole(1, 256), help: "number of symbols" },
  length: { value: 6, rule: rules.whole(1, 64), help: "largest length of a sequence" },
  minLength: { value: 0, rule: rules.whole(0, 64), help: "least length of a sequence" },
  dataSeed: { value: 0, rule: SEED, help: "seed of the symbols' values" },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 3125, hidden: [64, 64] };

/**
 * Makes the environment of sequences of at most N symbols (method §4). An action appends a symbol or stops; p_B = 1;
 * log R(x) = Σ_i f(x_i) g(i). The paper does not state f and g. f ~ N(0, 1) and g(i) = i, counted from 1, reproduce its initial L1 of
 * 1.97 (here 1.99 at data seed 0 and 1.97 at 1). The modes are the sequences with at least half the highest reward.
 *
 * @throws WebgfnError `argument` for sizes out of range.
 *
 * @example
 * ```ts
 * import { sequences } from "@webgfn/envs";
 * const environment = sequences({ symbols: 4, length: 3 });
 * console.log(environment.title, environment.actions, environment.enumeration.value); // sequences of up to 3 of 4 symbols 5 170
 * console.log(environment.exactLogZ.value?.toFixed(4)); // 5.1292
 * ```
 */
export function sequences(parameters: SequencesParameters = {}): Environment<SequenceObject> {
  checkParameters("sequences", parameters, PARAMETERS);
  const { symbols = PARAMETERS.symbols.value, length = PARAMETERS.length.value, dataSeed = PARAMETERS.dataSeed.value } = parameters;
  const { minLength = PARAMETERS.minLength.value } = parameters;
  if (minLength > length) throw argumentError(`sequences' minLength is ${minLength}, more than length, ${length}`);

  const lengths = minLength === 0 ? `up to ${length}` : minLength === length ? `${length}` : `${minLength} to ${length}`;
  return withReward(
    sequenceEnvironment(
      { symbols, length, minLength, dataSeed },
      {
        name: "sequences",
        title: `sequences of ${lengths} of ${symbols} symbols`,
        parameters: { symbols, length, minLength, dataSeed },
        letters: ALPHABET,
        defaults: DEFAULTS,
      },
    ),
    parameters,
  );
}

/** Sizes, and the seed of the symbols' values. */
type Sizes = Required<Pick<SequencesParameters, "symbols" | "length" | "minLength" | "dataSeed">>;

/** The environment of sequences under a name, with its own reward. */
export function sequenceEnvironment(
  { symbols, length, minLength, dataSeed }: Sizes,
  { title, letters, ...preset }: SequencePreset,
): Environment<SequenceObject> {
  const random = new RandomStream(dataSeed, 0x73657175);
  const values = Float32Array.from({ length: symbols }, () => random.normal());
  const target = positionWise(values, length, minLength);
  let objects = 1;
  for (let n = 0; n < length; n++) objects = objects * symbols + 1;
  const enumerable = 2 * objects <= MOST_STATES;
  const { symbolBits, perWord, words, place, at } = packing(symbols, length);
  const stateWords = words + 2;
  return {
    ...preset,
    title,
    shader: source,
    modules: { symbols: symbolsModule },
    constants: {
      SYMBOLS: symbols,
      LENGTH: length,
      LEAST_LENGTH: minLength,
      SYMBOL_BITS: symbolBits,
      PER_WORD: perWord,
      SEQUENCES: enumerable ? objects : 0,
    },
    stateWords,
    actionSpace: "discrete",
    actions: symbols + 1,
    // With a smallest length above 0, some states may not stop.
    ...(minLength === 0 && { stop: symbols }),
    horizon: length + 1,
    features: length * symbols,
    featureOrder: "one-hot per position: position i (from 0) with symbol v is feature i·symbols + v; positions not yet filled are zero",
    featureGrid: { channels: symbols, positions: length },
    data: values,
    enumeration: enumerable
      ? available(2 * objects)
      : unavailable(`${objects} sequences are more than the ${MOST_STATES / 2} that are enumerated`),
    exactLogZ: available(target.logZ),
    singleTrajectory: true,
    modeThreshold: highestLogReward(values, minLength, length) - Math.LN2,
    exactSampling: available((count, seed) => {
      const stream = new RandomStream(seed, 0x73657173);
      const states = new Uint32Array(count * stateWords);
      for (let n = 0; n < count; n++) {
        const state = states.subarray(n * stateWords, (n + 1) * stateWords);
        const drawn = chosen(target.lengthMass, stream.uniform());
        for (let i = 0; i < drawn; i++) {
          place(state, i, chosen(target.symbolMass[i] as Float64Array, stream.uniform()));
        }
        state[words] = drawn;
        state[words + 1] = 1;
      }
      return states;
    }),
    decode: (state) => ({ symbols: Array.from({ length: state[words] as number }, (_, i) => at(state, i)) }),
    encode(object) {
      const given = listIn(title, object, "symbols", { symbols: [0] });
      if (given.length < minLength) throw unreachable(title, object, `a sequence has at least ${minLength} symbols, not ${given.length}`);
      if (given.length > length) throw unreachable(title, object, `a sequence has at most ${length} symbols, not ${given.length}`);
      requireWholeNumbers(title, object, given, "a symbol", symbols - 1);
      const state = new Uint32Array(stateWords);
      given.forEach((symbol, i) => {
        place(state, i, symbol);
      });
      state[words] = given.length;
      state[words + 1] = 1;
      return state;
    },
    objects: display(preset.name, letters, symbols, length),
  };
}

/** Name, parameters, training defaults and form of the environment `sequences`. */
export const sequencesDeclaration: EnvironmentDeclaration = {
  name: "sequences",
  make: sequences,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Sequences",
    summary: "Sequences of symbols, appended one by one, or stopped.",
    parameters: { symbols: 3, length: 4, dataSeed: 0 },
    fields: [
      { name: "symbols", label: "Symbols", least: 2, most: 6 },
      { name: "length", label: "Longest", least: 1, most: 5 },
      { name: "dataSeed", label: "Seed of the target", least: 0, most: 999, ofOwnReward: true },
    ],
    expression: {
      names: ["symbols"],
      help: "the numbers of the symbols (A is 0), in order",
      example: "symbols.filter((s, i) => s === symbols[i - 1]).length",
    },
  },
};

function display(name: string, letters: readonly string[], stop: number, length: number): ObjectDisplay<SequenceObject> {
  const { letter, text } = lettersOf(letters);
  return completeDisplay<SequenceObject>(name, {
    kind: "sequence",
    text: ({ symbols }) => text(symbols),
    columns: [{ name: "symbols", dtype: "int32", shape: [length], values: ({ symbols }) => symbols }],
    fromColumns: ({ symbols = [] }) => ({ symbols: withoutPadding(symbols) }),
    steps: (actions) =>
      actions.map((action, n) =>
        action === stop ? `stop: ${text(actions.slice(0, n))}` : `append ${letter(action)}: ${text(actions.slice(0, n + 1))}`,
      ),
  });
}
