import source from "@webgfn/shaders/envs/prepend_append.wgsl";
import symbolsModule from "@webgfn/shaders/envs/symbols.wgsl";
import { RandomStream, rules } from "@webgfn/tensor";
import { available, unavailable } from "./capability.js";
import { chosen } from "./choosing.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import { listIn, requireWholeNumbers, unreachable } from "./encoding.js";
import { type Environment, MOST_STATES } from "./environment.js";
import { completeDisplay, type ObjectDisplay } from "./objects.js";
import { SEED } from "./parameters.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import { ALPHABET, lettersOf } from "./sequences/letters.js";
import { packing } from "./sequences/packing.js";
import { highestLogReward, positionWise } from "./sequences/position-wise.js";
import type { SequencePreset } from "./sequences/preset.js";
import type { SequenceObject } from "./sequences.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link prependAppend}. */
export interface PrependAppendParameters extends RewardOptions<SequenceObject> {
  /** Number of symbols D, from 1 to 256. Default 8. */
  symbols?: number;
  /** Length N of all sequences, from 1 to 64. Default 5. */
  length?: number;
  /** Seed of the symbols' values, f(v) ~ N(0, 1). Default 0. */
  dataSeed?: number;
}

const PARAMETERS = {
  symbols: { value: 8, rule: rules.whole(1, 256), help: "number of symbols" },
  length: { value: 5, rule: rules.whole(1, 64), help: "length of all sequences" },
  dataSeed: { value: 0, rule: SEED, help: "seed of the symbols' values" },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 3125, hidden: [64, 64] };

/**
 * Makes the environment of sequences of N symbols that grow at both ends: an action prepends or appends a symbol. Every sequence has 2^N
 * trajectories (Shen and others, ICML 2023). log R(x) = Σ_i f(x_i) i with f ~ N(0, 1), as in `sequences`. The modes are the sequences with at least half the highest reward.
 *
 * @throws WebgfnError `argument` for sizes out of range.
 *
 * @example
 * ```ts
 * import { prependAppend } from "@webgfn/envs";
 * const environment = prependAppend({ symbols: 4, length: 6 });
 * console.log(environment.actions, environment.exactLogZ.value?.toFixed(4)); // 8 13.7557
 * ```
 */
export function prependAppend(parameters: PrependAppendParameters = {}): Environment<SequenceObject> {
  checkParameters("prepend-append", parameters, PARAMETERS);
  const { symbols = PARAMETERS.symbols.value, length = PARAMETERS.length.value, dataSeed = PARAMETERS.dataSeed.value } = parameters;
  const environment = prependAppendEnvironment(
    { symbols, length, dataSeed },
    {
      name: "prepend-append",
      title: `sequences of ${length} of ${symbols} symbols, prepended or appended`,
      parameters: { symbols, length, dataSeed },
      letters: ALPHABET,
      defaults: DEFAULTS,
    },
  );
  return withReward(environment, parameters);
}

/** Sizes, and the seed of the symbols' values. */
type Sizes = Required<Pick<PrependAppendParameters, "symbols" | "length" | "dataSeed">>;

/** The environment of these sequences under a name, with its own reward. */
export function prependAppendEnvironment(
  { symbols, length, dataSeed }: Sizes,
  { title, letters, ...preset }: SequencePreset,
): Environment<SequenceObject> {
  const random = new RandomStream(dataSeed, 0x73657175);
  const values = Float32Array.from({ length: symbols }, () => random.normal());
  const target = positionWise(values, length, length);
  let states = 1;
  for (let n = 0; n < length; n++) states = states * symbols + 1;
  const { symbolBits, perWord, words, place, at } = packing(symbols, length);
  const stateWords = words + 1;
  const stateOf = (sequence: ArrayLike<number>): Uint32Array => {
    const state = new Uint32Array(stateWords);
    for (let i = 0; i < length; i++) place(state, i, sequence[i] as number);
    state[words] = length;
    return state;
  };
  return {
    ...preset,
    title,
    shader: source,
    modules: { symbols: symbolsModule },
    constants: { SYMBOLS: symbols, LENGTH: length, SYMBOL_BITS: symbolBits, PER_WORD: perWord },
    stateWords,
    actionSpace: "discrete",
    actions: 2 * symbols,
    horizon: length,
    features: length * symbols,
    featureOrder:
      "one-hot per position, counted from the first symbol: position i (from 0) with symbol v is feature i·symbols + v; positions behind the last one are zero",
    featureGrid: { channels: symbols, positions: length },
    data: values,
    enumeration:
      states <= MOST_STATES ? available(states) : unavailable(`${states} sequences are more than the ${MOST_STATES} that are enumerated`),
    exactLogZ: available(target.logZ),
    modeThreshold: highestLogReward(values, length, length) - Math.LN2,
    exactSampling: available((count, seed) => {
      const stream = new RandomStream(seed, 0x73657173);
      const drawn = new Uint32Array(count * stateWords);
      for (let n = 0; n < count; n++) {
        drawn.set(stateOf(target.symbolMass.map((mass) => chosen(mass, stream.uniform()))), n * stateWords);
      }
      return drawn;
    }),
    decode: (state) => ({ symbols: Array.from({ length: state[words] as number }, (_, i) => at(state, i)) }),
    encode(object) {
      const given = listIn(title, object, "symbols", { symbols: [0] });
      if (given.length !== length) throw unreachable(title, object, `a sequence has ${length} symbols, not ${given.length}`);
      requireWholeNumbers(title, object, given, "a symbol", symbols - 1);
      return stateOf(given);
    },
    objects: display(preset.name, letters, symbols, length),
  };
}

/** Name, parameters, training defaults and form of the environment `prepend-append`. */
export const prependAppendDeclaration: EnvironmentDeclaration = {
  name: "prepend-append",
  make: prependAppend,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Prepend or append",
    summary: "Sequences of symbols that grow at both ends, so that many trajectories lead to each.",
    parameters: { symbols: 3, length: 4, dataSeed: 0 },
    fields: [
      { name: "symbols", label: "Symbols", least: 2, most: 6 },
      { name: "length", label: "Length", least: 1, most: 5 },
      { name: "dataSeed", label: "Seed of the target", least: 0, most: 999, ofOwnReward: true },
    ],
    expression: {
      names: ["symbols"],
      help: "the numbers of the symbols (A is 0), in order",
      example: "symbols.filter((s, i) => s === symbols[i - 1]).length",
    },
  },
};

function display(name: string, letters: readonly string[], symbols: number, length: number): ObjectDisplay<SequenceObject> {
  const { letter, text } = lettersOf(letters);
  return completeDisplay<SequenceObject>(name, {
    kind: "sequence",
    text: ({ symbols: sequence }) => text(sequence),
    columns: [{ name: "symbols", dtype: "int32", shape: [length], values: ({ symbols: sequence }) => sequence }],
    fromColumns: ({ symbols: sequence = [] }) => ({ symbols: [...sequence] }),
    steps(actions) {
      let sequence: number[] = [];
      return actions.map((action) => {
        const symbol = action % symbols;
        const isFirst = action < symbols;
        sequence = isFirst ? [symbol, ...sequence] : [...sequence, symbol];
        return `${isFirst ? "prepend" : "append"} ${letter(symbol)}: ${text(sequence)}`;
      });
    },
  });
}
