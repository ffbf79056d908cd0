import source from "@webgfn/shaders/envs/bit_sequences.wgsl";
import bitSet from "@webgfn/shaders/envs/bit_set.wgsl";
import { RandomStream, rules } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { distanceCounts, MOST_COUNTED } from "./bit-sequences/distance-counts.js";
import { drawNearModes } from "./bit-sequences/exact-samples.js";
import { BLOCK, bitsOf, drawModes, hammingDistance, makeTestSet, mostModes } from "./bit-sequences/modes.js";
import { setBit } from "./bit-set.js";
import { available, type Capability, unavailable } from "./capability.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import { listIn, requireWholeNumbers, unreachable } from "./encoding.js";
import { type Environment, MOST_STATES } from "./environment.js";
import { completeDisplay, type ObjectDisplay } from "./objects.js";
import { SEED } from "./parameters.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import { packing } from "./sequences/packing.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link bitSequences}. */
export interface BitSequencesParameters extends RewardOptions<BitsObject> {
  /** Number of bits n, a multiple of 8 up to 1024. Default 120, the paper's. */
  bits?: number;
  /** Bits k of the word that an action adds, from 1 to 10; it divides `bits`. Default 8. */
  wordBits?: number;
  /** Whether an action appends a word (`append`, default) or puts a word at any free position (`any`). */
  order?: "append" | "any";
  /** Number of modes. Default 60. */
  modes?: number;
  /** Decrease of log R per bit of distance to the nearest mode, from 0 to 100. Default 1, the paper's. */
  exponent?: number;
  /** Hamming distance δ up to which a sequence counts for a mode. Default 7/30 of the bits, which is 28 of 120. */
  modeDistance?: number;
  /** Seed of the modes and of the test set. Default 0. */
  dataSeed?: number;
}

/** The bits of a sequence, 0 or 1, from left to right. */
export type BitsObject = { bits: number[] };

const MOST_BITS = 1024;

const PARAMETERS = {
  bits: {
    value: 120,
    rule: {
      words: `a multiple of ${BLOCK} from ${BLOCK} to ${MOST_BITS}`,
      accepts: (value: unknown) => rules.whole(BLOCK, MOST_BITS).accepts(value) && (value as number) % BLOCK === 0,
    },
    help: "number of bits, a multiple of 8",
  },
  wordBits: { value: 8, rule: rules.whole(1, 10), help: "bits of the word that an action adds" },
  order: {
    value: "append",
    rule: rules.oneOf("append", "any"),
    help: "append: an action appends a word; any: it puts one at any free position",
  },
  modes: { value: 60, rule: rules.whole(1, 10_000), help: "number of modes" },
  exponent: { value: 1, rule: rules.number(0, 100), help: "log R is minus this for every bit between a sequence and the nearest mode" },
  modeDistance: {
    rule: rules.whole(0, MOST_BITS),
    help: "Hamming distance up to which a sequence counts for a mode (default: 7/30 of the bits)",
  },
  dataSeed: { value: 0, rule: SEED, help: "seed of the modes and of the test set" },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 64, steps: 5000, hidden: [128, 128] };

/**
 * Makes the bit sequences of Malkin and others, "Trajectory balance" (NeurIPS 2022): n bits in words of k, log R(x) = −exponent · min_m d(x,
 * m) with the Hamming distance d to the nearest of a set of modes, which are strings of five blocks of 8 bits. Actions append words, or put
 * them at any free position; each object then has (n/k)! trajectories. An object counts for every mode within `modeDistance`.
 *
 * @throws WebgfnError `argument` for invalid sizes, or for more modes than exist.
 *
 * @example
 * ```ts
 * import { bitSequences } from "@webgfn/envs";
 * const environment = bitSequences({ bits: 16, wordBits: 4, modes: 4 });
 * console.log(environment.title, environment.actions); // bit sequences of 16 bits, appended by 4 16
 * console.log(environment.exactLogZ.value?.toFixed(4)); // 6.1503
 * ```
 */
export function bitSequences(parameters: BitSequencesParameters = {}): Environment<BitsObject> {
  checkParameters("bit-sequences", parameters, PARAMETERS);
  const { bits = PARAMETERS.bits.value, wordBits = PARAMETERS.wordBits.value, order = PARAMETERS.order.value } = parameters;
  const { modes: count = PARAMETERS.modes.value, exponent = PARAMETERS.exponent.value } = parameters;
  const { modeDistance, dataSeed = PARAMETERS.dataSeed.value } = parameters;
  const blocks = bits / BLOCK;
  if (bits % wordBits !== 0) throw argumentError(`wordBits, ${wordBits}, does not divide the ${bits} bits of bit-sequences`);
  if (count > mostModes(blocks)) {
    throw argumentError(`bit-sequences of ${bits} bits have at most ${mostModes(blocks)} modes, not ${count}`, "give fewer modes");
  }

  const modes = drawModes(count, blocks, new RandomStream(dataSeed, 0x62697473));
  const modeBits = modes.map(bitsOf);
  const positions = bits / wordBits;
  const words = 2 ** wordBits;
  const { perWord, words: packed, place, at } = packing(words, positions);
  const stateWords = packed + Math.ceil(positions / 32);
  const actions = order === "any" ? positions * words : words;
  const title = `bit sequences of ${bits} bits, ${order === "append" ? "appended by" : "filled by"} ${wordBits}`;

  const stateOf = (sequence: ArrayLike<number>): Uint32Array => {
    const state = new Uint32Array(stateWords);
    for (let position = 0; position < positions; position++) {
      let word = 0;
      for (let i = 0; i < wordBits; i++) word = 2 * word + (sequence[position * wordBits + i] as number);
      place(state, position, word);
      setBit(state, position, packed);
    }
    return state;
  };
  const statesOf = (sequences: readonly ArrayLike<number>[]): Uint32Array => {
    const states = new Uint32Array(sequences.length * stateWords);
    sequences.forEach((sequence, n) => {
      states.set(stateOf(sequence), n * stateWords);
    });
    return states;
  };
  const decoded = (state: Uint32Array): number[] =>
    Array.from({ length: bits }, (_, i) => (at(state, Math.floor(i / wordBits)) >>> (wordBits - 1 - (i % wordBits))) & 1);

  const distance = modeDistance ?? Math.floor((7 * bits) / 30);
  const data = [exponent];
  for (const mode of modeBits) for (const word of stateOf(mode).subarray(0, packed)) data.push(word >>> 16, word & 0xffff);
  return withReward(
    {
      name: "bit-sequences",
      parameters: { bits, wordBits, order, modes: count, exponent, ...(modeDistance !== undefined && { modeDistance }), dataSeed },
      title,
      shader: source,
      modules: { bit_set: bitSet },
      constants: {
        POSITIONS: positions,
        WORD_BITS: wordBits,
        PER_WORD: perWord,
        MODES: count,
        ANY_ORDER: order === "any" ? 1 : 0,
      },
      stateWords,
      actionSpace: "discrete",
      actions,
      horizon: positions,
      features: 2 * bits,
      featureOrder:
        "one-hot per bit, from left to right: feature 2i where bit i is 0, 2i + 1 where it is 1; bits of words not yet put are zero",
      featureGrid: { channels: 2, positions: bits },
      data: Float32Array.from(data),
      enumeration: listable(order === "any" ? (words + 1) ** positions : prefixes(words, positions), actions, title),
      exactLogZ:
        blocks <= MOST_COUNTED
          ? available(logZOf(distanceCounts(modes), exponent))
          : unavailable(`the 2^${bits} sequences are more than the 2^${BLOCK * MOST_COUNTED} whose distances are counted`),
      singleTrajectory: order === "append",
      modeThreshold: -exponent * distance,
      modeOf(state) {
        const sequence = decoded(state);
        return modeBits.flatMap((mode, m) => (hammingDistance(sequence, mode) <= distance ? [m] : []));
      },
      exactSampling: available((samples, seed) => {
        const random = new RandomStream(seed, 0x62697464);
        return statesOf(Array.from({ length: samples }, () => drawNearModes(modeBits, exponent, random)));
      }),
      testSet: () => statesOf(makeTestSet(modeBits, new RandomStream(dataSeed, 0x62697465))),
      decode: (state) => ({ bits: decoded(state) }),
      encode(object) {
        const given = listIn(title, object, "bits", { bits: [0, 1] });
        if (given.length !== bits) throw unreachable(title, object, `it has ${bits} bits, not ${given.length}`);
        requireWholeNumbers(title, object, given, "a bit", 1);
        return stateOf(given);
      },
      objects: display({ bits, wordBits, isAppended: order === "append" }),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** Name, parameters, training defaults and form of the environment `bit-sequences`. */
export const bitSequencesDeclaration: EnvironmentDeclaration = {
  name: "bit-sequences",
  make: bitSequences,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Bit sequences",
    summary: "Bits in short words, put at any free position. The target has a few modes, and falls with the number of bits that differ.",
    parameters: { bits: 8, wordBits: 2, order: "any", modes: 3, exponent: 1, dataSeed: 0 },
    fields: [
      { name: "wordBits", label: "Bits per word", least: 1, most: 2 },
      { name: "modes", label: "Modes", least: 1, most: 5, ofOwnReward: true },
      { name: "exponent", label: "Exponent", least: 0, most: 4, step: 0.1, ofOwnReward: true },
      { name: "dataSeed", label: "Seed of the modes", least: 0, most: 999, ofOwnReward: true },
    ],
    expression: {
      names: ["bits"],
      help: "the bits, 0 or 1, from left to right",
      example: "bits.reduce((sum, bit) => sum + bit, 0) / 2",
    },
  },
};

/** Number of sequences of 0 to `length` words. */
function prefixes(words: number, length: number): number {
  let count = 1;
  for (let n = 0; n < length; n++) count = count * words + 1;
  return count;
}

/** Most probabilities, one per state and action, that an exact evaluation keeps: 128 MiB, which every adapter can bind. */
const MOST_PROBABILITIES = 2 ** 25;

function listable(states: number, actions: number, title: string): Capability<number> {
  const most = Math.min(MOST_STATES, Math.floor(MOST_PROBABILITIES / actions));
  if (states <= most) return available(states);
  return unavailable(`the ${states} states of ${title} are more than the ${most} that are enumerated with ${actions} actions each`);
}

/** log Σ_d count_d · exp(−exponent · d). */
function logZOf(counts: Float64Array, exponent: number): number {
  return Math.log(counts.reduce((sum, count, distance) => sum + count * Math.exp(-exponent * distance), 0));
}

interface Shape {
  bits: number;
  wordBits: number;
  isAppended: boolean;
}

function display({ bits, wordBits, isAppended }: Shape): ObjectDisplay<BitsObject> {
  const words = 2 ** wordBits;
  return completeDisplay<BitsObject>("bit-sequences", {
    kind: "sequence",
    text: ({ bits: sequence }) => sequence.join(""),
    columns: [{ name: "bits", dtype: "uint8", shape: [bits], values: ({ bits: sequence }) => sequence }],
    fromColumns: ({ bits: sequence = [] }) => ({ bits: [...sequence] }),
    steps: (actions) =>
      actions.map((action) => {
        const word = (action % words).toString(2).padStart(wordBits, "0");
        return isAppended ? `append ${word}` : `word ${Math.floor(action / words) + 1}: ${word}`;
      }),
  });
}
