import indexedSource from "@webgfn/shaders/envs/indexed_reward.wgsl";
import tableSource from "@webgfn/shaders/envs/table_reward.wgsl";
import { rules } from "@webgfn/tensor";
import { argumentError, largestOf, requireArgument, requireOptions, type Schema } from "@webgfn/tensor/internal";
import { encodeObjects } from "../encoding.js";
import type { Environment } from "../environment.js";
import type { SampledObject } from "../objects.js";
import type { BoundReward, Reward } from "./reward.js";
import type { TableOptions } from "./table-options.js";

/** Rewards of objects, in their order. */
export interface ObjectTable<O extends SampledObject = SampledObject> {
  /** The objects, each once. */
  objects: readonly O[];
  /** One number for each object; {@link TableOptions} define how it becomes log R. */
  values: ArrayLike<number>;
}

/** Rewards of states, in the order of the environment's state index. Entries of states that are not objects are ignored. */
export interface IndexTable {
  /** One number for each state index; {@link TableOptions} define how it becomes log R. */
  byIndex: ArrayLike<number>;
}

const OPTIONS: Schema<TableOptions> = {
  scale: rules.oneOf("log", "linear"),
  least: rules.number(-1e30, 1e30),
  divideByLargest: rules.oneOf(true, false),
  exponent: rules.number(-1e3, 1e3),
  factor: rules.number(1e-30, 1e30),
  floor: rules.number(-1e30, 1e30),
  missing: rules.number(-1e30, 1e30),
};

/** log R of an empty slot; see `shaders/envs/table_reward.wgsl`. */
const EMPTY = Math.fround(3e38);
/** log R of an object that a table without `missing` lacks: not a finite number, so that training reports it. */
const LACKING = Number.NaN;

/**
 * A reward from a table, by object or by the environment's state index. It runs on the GPU.
 *
 * @throws WebgfnError `argument` for an invalid option. Binding it to an environment throws `argument` for objects that are repeated or that
 * the environment cannot reach, numbers without a finite log R, or a table by index of another length.
 *
 * @example
 * ```ts
 * import { sequences, tableReward } from "@webgfn/envs";
 * const objects = [{ symbols: [0, 0] }, { symbols: [0, 1] }, { symbols: [1, 0] }, { symbols: [1, 1] }];
 * const options = { scale: "linear", exponent: 3, floor: 1e-3, missing: 0 } as const; // R = max(y³, 10⁻³)
 * const environment = sequences({ symbols: 2, length: 2, reward: tableReward({ objects, values: [0.1, 0.9, 0.4, 0.2] }, options) });
 * console.log(environment.rewardFacts?.kind); // table
 * ```
 */
export function tableReward<O extends SampledObject = SampledObject>(
  table: ObjectTable<O> | IndexTable,
  options: TableOptions = {},
): Reward<O> {
  requireArgument.object("the table", table);
  requireOptions("tableReward", options, OPTIONS);
  if (options.scale !== "linear") {
    const other = (["least", "divideByLargest", "exponent", "factor"] as const).find((name) => options[name] !== undefined);
    if (other !== undefined) throw argumentError(`${other} is for a table of R`, `give scale: "linear", or leave it out`);
  }
  const numbers: unknown = "byIndex" in table ? table.byIndex : table.values;
  if (typeof (numbers as Partial<ArrayLike<number>> | null)?.length !== "number") {
    throw argumentError("tableReward needs { objects, values } or { byIndex }");
  }
  const { length } = numbers as ArrayLike<number>;
  return {
    kind: "table",
    title: `a table of ${length} rewards`,
    bind(environment) {
      // The benchmark's default options, which are for R.
      const all = options.scale === "log" ? options : { ...environment.tableDefaults, ...options };
      return "byIndex" in table ? byIndex(environment, table, all) : byObject(environment, table, all);
    },
  };
}

function byIndex(environment: Environment, { byIndex: numbers }: IndexTable, options: TableOptions): BoundReward {
  const { enumeration, title } = environment;
  if (!enumeration.available) {
    throw argumentError(`a table by index needs numbered states, but ${enumeration.reason}`, "give { objects, values } instead");
  }
  if (numbers.length !== enumeration.value) {
    throw argumentError(`the table has ${numbers.length} rewards, and ${title} numbers ${enumeration.value} states`);
  }
  const toLog = logReward(numbers, options);
  return { wgsl: indexedSource, data: Float32Array.from(numbers, (value) => toLog(value) ?? LACKING) };
}

function byObject<O extends SampledObject>(
  environment: Environment<O>,
  { objects, values }: ObjectTable<O>,
  options: TableOptions,
): BoundReward {
  const { stateWords, objects: display } = environment;
  if (objects.length !== values.length) throw argumentError(`the table has ${objects.length} objects and ${values.length} rewards`);
  const states = encodeObjects(environment, objects);
  const toLog = logReward(values, options);
  const slots = Math.max(2, 2 * objects.length);
  const size = 2 * stateWords + 1;
  const data = new Float32Array(1 + slots * size);
  data[0] = options.missing === undefined ? LACKING : (toLog(options.missing) ?? LACKING);
  for (let slot = 0; slot < slots; slot++) data[(slot + 1) * size] = EMPTY;
  objects.forEach((object, n) => {
    const state = states.subarray(n * stateWords, (n + 1) * stateWords);
    const value = toLog(values[n] as number);
    if (value === undefined) {
      const fix = "give a floor, such as floor: 1e-3";
      throw argumentError(
        `the reward of ${display.text(object)}, object ${n + 1} of the table, is ${values[n]}: its log R is not a finite number`,
        fix,
      );
    }
    for (let slot = hashOf(state) % slots; ; slot = (slot + 1) % slots) {
      const start = 1 + slot * size;
      if (data[start + size - 1] === EMPTY) {
        state.forEach((word, w) => {
          data[start + 2 * w] = word >>> 16;
          data[start + 2 * w + 1] = word & 0xffff;
        });
        data[start + size - 1] = value;
        break;
      }
      if (state.every((word, w) => data[start + 2 * w] === word >>> 16 && data[start + 2 * w + 1] === (word & 0xffff))) {
        throw argumentError(`${display.text(object)} is twice in the table, the second time as object ${n + 1}`);
      }
    }
  });
  return { wgsl: tableSource, data, constants: { REWARD_SLOTS: slots } };
}

/** log R of a table's number; undefined if it is not finite. */
function logReward(
  numbers: ArrayLike<number>,
  { scale = "log", least = Number.NEGATIVE_INFINITY, divideByLargest = false, exponent = 1, factor = 1, floor }: TableOptions,
) {
  const largest = divideByLargest ? largestOf(Array.from(numbers)) : 1;
  if (!(largest > 0)) throw argumentError(`the largest reward of the table is ${largest}, so that nothing can be divided by it`);
  return (value: number): number | undefined => {
    const scaled = scale === "linear" ? factor * (Math.max(least, value) / largest) ** exponent : value;
    const bounded = floor === undefined ? scaled : Math.max(floor, scaled);
    const log = scale === "linear" ? Math.log(bounded) : bounded;
    return Math.abs(log) < 1e30 ? log : undefined;
  };
}

/** The same hash as in `shaders/tensor/hash.wgsl`. */
function hashOf(state: Uint32Array): number {
  let hash = 2166136261;
  for (const word of state) hash = Math.imul(hash ^ word, 16777619) >>> 0;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b) >>> 0;
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35) >>> 0;
  return (hash ^ (hash >>> 16)) >>> 0;
}
