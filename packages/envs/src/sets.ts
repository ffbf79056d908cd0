import bitSet from "@webgfn/shaders/envs/bit_set.wgsl";
import source from "@webgfn/shaders/envs/sets.wgsl";
import { RandomStream, rules } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { bitsOf, hasBit, setBit } from "./bit-set.js";
import { available, unavailable } from "./capability.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import { listIn, requireWholeNumbers, unreachable } from "./encoding.js";
import type { Environment } from "./environment.js";
import { completeDisplay, type ObjectDisplay } from "./objects.js";
import { SEED } from "./parameters.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link sets}. */
export interface SetsParameters extends RewardOptions<SetObject> {
  /** Number of items D, from 1 to 1024. Default 32, the paper's. */
  items?: number;
  /** Size N of a complete set, from 1 to D. Default 16, the paper's. */
  size?: number;
  /** Seed of the items' scores, f(d) ~ U[0, 1]. Default 0. */
  dataSeed?: number;
  /** Scores to use instead of drawn ones: a finite number per item. Excludes `dataSeed`. */
  scores?: readonly number[];
}

/** A set by the numbers of its items, in ascending order. */
export type SetObject = { items: number[] };

const PARAMETERS = {
  items: { value: 32, rule: rules.whole(1, 1024), help: "number of items" },
  size: { value: 16, rule: rules.whole(1, 1024), help: "size of a complete set" },
  dataSeed: { value: 0, rule: SEED, help: "seed of the items' scores" },
  scores: {
    rule: { words: "a list of numbers, one per item", accepts: Array.isArray },
    help: "scores instead of drawn ones, one per item",
  },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 625, hidden: [64, 64] };

/** Largest number of items for exact evaluation, which visits all 2^D subsets. */
const MOST_ITEMS = 20;

/**
 * log of the elementary symmetric polynomials of exp(scores): table[d][k] = log Σ over k-subsets of the first d items.
 */
function logSymmetricPolynomials(scores: Float32Array, size: number): Float64Array[] {
  const table = [new Float64Array(size + 1).fill(Number.NEGATIVE_INFINITY)];
  (table[0] as Float64Array)[0] = 0;
  for (const score of scores) {
    const before = table.at(-1) as Float64Array;
    const row = Float64Array.from(before);
    for (let k = 1; k <= size; k++) row[k] = logAddExp(before[k] as number, (before[k - 1] as number) + score);
    table.push(row);
  }
  return table;
}

/** The highest log R: the sum of the `size` largest scores. */
function highestLogReward(scores: Float32Array, size: number): number {
  const ascending = scores.slice().sort();
  return ascending.subarray(scores.length - size).reduce((sum, score) => sum + score, 0);
}

function logAddExp(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === Number.NEGATIVE_INFINITY ? high : high + Math.log(Math.exp(a - high) + Math.exp(b - high));
}

/**
 * Makes the environment of sets of fixed size (method §4). A trajectory starts at ∅ and adds items until |x| = N;
 * log R(x) = Σ_{d ∈ x} f(d), f ~ U[0, 1]; Z is the elementary symmetric polynomial e_N(exp f). The modes are the sets with at least half
 * the highest reward.
 *
 * @throws WebgfnError `argument` for sizes out of range.
 *
 * @example
 * ```ts
 * import { sets } from "@webgfn/envs";
 * const environment = sets({ items: 10, size: 5 });
 * console.log(environment.horizon, environment.exactLogZ.value?.toFixed(4)); // 5 8.0135
 * console.log(environment.decode(Uint32Array.of(0b1111100000))); // { items: [ 5, 6, 7, 8, 9 ] }
 * ```
 */
export function sets(parameters: SetsParameters = {}): Environment<SetObject> {
  checkParameters("sets", parameters, PARAMETERS);
  const { items = PARAMETERS.items.value, size = PARAMETERS.size.value, dataSeed = PARAMETERS.dataSeed.value } = parameters;
  if (size > items) throw argumentError(`sets' size must be at most its items, but ${size} > ${items}`);

  const scores = parameters.scores === undefined ? drawnScores(items, dataSeed) : givenScores(items, parameters);
  const table = logSymmetricPolynomials(scores, size);
  const words = Math.ceil(items / 32);
  const title = `sets of ${size} out of ${items} items`;
  return withReward(
    {
      name: "sets",
      parameters: { items, size, ...(parameters.scores === undefined ? { dataSeed } : { scores: [...parameters.scores] }) },
      title,
      shader: source,
      modules: { bit_set: bitSet },
      constants: { ITEMS: items, SIZE: size },
      stateWords: words + 1,
      actionSpace: "discrete",
      actions: items,
      horizon: size,
      features: items,
      featureOrder: "membership: feature d is 1 where item d is in the set",
      data: scores,
      enumeration:
        items <= MOST_ITEMS
          ? available(2 ** items)
          : unavailable(`the 2^${items} subsets of ${items} items are more than the 2^${MOST_ITEMS} that are enumerated`),
      exactLogZ: available(table[items]?.[size] as number),
      modeThreshold: highestLogReward(scores, size) - Math.LN2,
      exactSampling: available((count, seed) => sampleSets(count, seed, scores, size, table)),
      decode: (state) => ({
        items: bitsOf(state, items),
      }),
      encode(object) {
        const members = listIn(title, object, "items", { items: Array.from({ length: Math.min(size, 3) }, (_, item) => item) });
        requireWholeNumbers(title, object, members, "an item", items - 1);
        const state = new Uint32Array(words + 1);
        for (const item of members) {
          if (hasBit(state, item)) throw unreachable(title, object, `item ${item} is in it twice`);
          setBit(state, item);
        }
        if (members.length !== size)
          throw unreachable(title, object, `a set has ${size} item${size === 1 ? "" : "s"}, not ${members.length}`);
        state[words] = size;
        return state;
      },
      objects: display(size),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** Name, parameters, training defaults and form of the environment `sets`. */
export const setsDeclaration: EnvironmentDeclaration = {
  name: "sets",
  make: sets,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Sets",
    summary: "Sets of a given size, item by item. The items' scores can be changed while it trains.",
    parameters: { items: 8, size: 4, dataSeed: 0 },
    fields: [
      { name: "items", label: "Items", least: 2, most: 14 },
      { name: "size", label: "Size of a set", least: 1, most: 14 },
      { name: "dataSeed", label: "Seed of the target", least: 0, most: 999, ofOwnReward: true },
    ],
    atMost: [["size", "items"]],
    editor: {
      kind: "list",
      name: "scores",
      length: "items",
      replaces: "dataSeed",
      entry: "item",
      least: -3,
      most: 3,
      mostEntries: 16,
      values: ({ data }) => [...data],
    },
    expression: {
      names: ["items"],
      help: "the numbers of the set's items, in ascending order, counted from 0",
      example: "items.reduce((sum, i) => sum + i, 0) / 10",
    },
  },
};

function display(size: number): ObjectDisplay<SetObject> {
  const text = ({ items }: SetObject) => `{${items.join(", ")}}`;
  return completeDisplay<SetObject>("sets", {
    kind: "set",
    text,
    columns: [{ name: "items", dtype: "int32", shape: [size], values: ({ items }) => items }],
    fromColumns: ({ items = [] }) => ({ items: [...items] }),
    steps: (actions) =>
      actions.map((item, n) => `add item ${item}: ${text({ items: [...actions.slice(0, n + 1)].sort((a, b) => a - b) })}`),
  });
}

function drawnScores(items: number, dataSeed: number): Float32Array {
  const random = new RandomStream(dataSeed, 0x73657473);
  return Float32Array.from({ length: items }, () => random.uniform());
}

function givenScores(items: number, { scores = [], dataSeed }: SetsParameters): Float32Array {
  if (dataSeed !== undefined) throw argumentError("sets takes either scores or dataSeed");
  if (!Array.isArray(scores) || scores.length !== items || !scores.every((score) => Number.isFinite(score) && Math.abs(score) <= 1e3)) {
    throw argumentError(`sets' scores must be ${items} numbers from -1000 to 1000, one per item`);
  }
  return Float32Array.from(scores);
}

/**
 * Draws sets from R/Z, item by item from the last to the first. Item d is in the set with probability 1 − without/whole, where `whole` is
 * the symmetric polynomial of the first d items, and `without` that of the first d − 1 items.
 */
function sampleSets(count: number, seed: number, scores: Float32Array, size: number, table: Float64Array[]): Uint32Array {
  const random = new RandomStream(seed, 0x73616d70);
  const words = Math.ceil(scores.length / 32);
  const states = new Uint32Array(count * (words + 1));
  for (let n = 0; n < count; n++) {
    const state = states.subarray(n * (words + 1), (n + 1) * (words + 1));
    let left = size;
    for (let d = scores.length; d > 0 && left > 0; d--) {
      const without = (table[d - 1] as Float64Array)[left] as number;
      const whole = (table[d] as Float64Array)[left] as number;
      if (Math.log(random.uniform()) < logOneMinusExp(without - whole)) {
        setBit(state, d - 1);
        left--;
      }
    }
    state[words] = size;
  }
  return states;
}

/** log(1 − exp(x)) for x ≤ 0. */
function logOneMinusExp(x: number): number {
  return x === Number.NEGATIVE_INFINITY ? 0 : Math.log(-Math.expm1(x));
}
