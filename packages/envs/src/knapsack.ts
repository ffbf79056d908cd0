import bitSet from "@webgfn/shaders/envs/bit_set.wgsl";
import source from "@webgfn/shaders/envs/knapsack.wgsl";
import listedSets from "@webgfn/shaders/envs/listed_sets.wgsl";
import { RandomStream, rules, WebgfnError } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { bitsOf, halvesOf, hasBit, setBit } from "./bit-set.js";
import { available, type Capability, unavailable } from "./capability.js";
import type { DataFile } from "./data-file.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import { listIn, requireWholeNumbers, unreachable } from "./encoding.js";
import type { Environment, ParameterValue } from "./environment.js";
import { joined } from "./joined.js";
import { type Items, LARGEST_NUMBER, MOST_ITEMS, parseItems } from "./knapsack/items-text.js";
import { MOST_ENTRIES, packingTotals } from "./knapsack/subset-sums.js";
import { wholeUnits } from "./knapsack/whole-units.js";
import { type ListedSets, listSets, MOST_LISTED_SETS } from "./listed-sets.js";
import { memberDisplay } from "./member-display.js";
import { FILE, SEED, TEMPERATURE } from "./parameters.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { SetObject } from "./sets.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link knapsack}. */
export interface KnapsackParameters extends RewardOptions<SetObject> {
  /** Number of drawn items, from 1 to 1000. Default 15. */
  items?: number;
  /** Seed of the items' weights and values, whole numbers from 1 to 20. Default 0. */
  dataSeed?: number;
  /** Largest weight of a set. Default: half the weight of all items. */
  capacity?: number;
  /** Most items of a set. Default: any number. */
  maxItems?: number;
  /** Temperature T, from 1e-3 to 1e6: log R = value/T. Default 5. */
  temperature?: number;
  /** Items to use instead of drawn ones: a table (CSV) with the columns `weight` and `value`, one item per line. */
  data?: DataFile;
}

/** The environment `knapsack`, with its items and exact facts about its objects. */
export interface Knapsack extends Environment<SetObject> {
  /** Names, weights and values of the items. */
  readonly items: Items;
  /** Largest weight of a set. */
  readonly capacity: number;
  /** Number of objects: the sets that fit. */
  readonly objectCount: Capability<number>;
  /** The largest value of a set that fits. */
  readonly optimum: Capability<number>;
}

/** Weights and values of drawn items are whole numbers from 1 to this. */
const LARGEST_DRAWN = 20;
/** Largest capacity in whole units: float32 counts up to it. */
const MOST_UNITS = 2 ** 24 - 1;

const PARAMETERS = {
  items: { value: 15, rule: rules.whole(1, MOST_ITEMS), help: "number of drawn items" },
  dataSeed: { value: 0, rule: SEED, help: "seed of the items' weights and values" },
  capacity: { rule: rules.number(0, LARGEST_NUMBER * MOST_ITEMS), help: "largest weight of a set (default: half the weight of all items)" },
  maxItems: { rule: rules.whole(1, MOST_ITEMS), help: "most items of a set (default: any number)" },
  temperature: { value: 5, rule: TEMPERATURE, help: "temperature T: log R = value/T" },
  data: { rule: FILE, help: "items instead of drawn ones: a table (CSV) with the columns weight and value", file: true },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 1500, hidden: [64, 64] };

/**
 * Makes the environment of the 0-1 knapsack problem: sets of items whose weight is at most the capacity, with log R = value/T. A trajectory
 * adds items that still fit, in any order, and may stop at any time. log Z, the number of sets, the largest value and samples of R/Z are
 * exact by dynamic programming over the possible weights of sets. The modes are the sets with at least half the highest reward.
 *
 * @throws WebgfnError `argument` for parameters that are out of range or exclude each other, `file` for a table without items.
 *
 * @example
 * ```ts
 * import { knapsack } from "@webgfn/envs";
 * const items = { name: "items.csv", text: "name,weight,value\nrope,2,3\ntent,5,6\nlamp,1,2\n" };
 * const environment = knapsack({ data: items, capacity: 6 });
 * console.log(environment.optimum.value, environment.objects.text({ items: [1, 2] })); // 8 {tent, lamp}
 * ```
 */
export function knapsack(parameters: KnapsackParameters = {}): Knapsack {
  checkParameters("knapsack", parameters, PARAMETERS);
  const { temperature = PARAMETERS.temperature.value } = parameters;
  const { items, origin, kept } = chosenItems(parameters);
  const { weights, capacity, perUnit } = inWholeUnits(items, parameters);
  const size = weights.length;
  const most = Math.min(size, parameters.maxItems ?? size);
  const gains = Float32Array.from(items.values, (value) => value / temperature);
  const totals = packingTotals({ weights, values: items.values, gains, capacity, most });
  const feasible = totals && totals.count <= MOST_LISTED_SETS ? listFeasible(weights, capacity, most) : undefined;
  const words = Math.ceil(size / 32);
  const stateWords = words + 3;
  const stateOf = (set: Uint32Array, members: readonly number[]): Uint32Array =>
    Uint32Array.of(
      ...set,
      members.reduce((sum, item) => sum + (weights[item] as number), 0),
      members.length,
      1,
    );
  const summed = <T>(value: T | undefined): Capability<T> =>
    value === undefined
      ? unavailable(`the sums of sets of ${size} items have more than the ${MOST_ENTRIES} entries of a table`)
      : available(value);
  const title = `sets of ${size} item${size === 1 ? "" : "s"}${origin} of weight ${capacity / perUnit} at most${most < size ? `, ${most} of them at most` : ""}`;
  return withReward<SetObject, Knapsack>(
    {
      name: "knapsack",
      parameters: { ...kept, temperature },
      title,
      shader: source,
      modules: { bit_set: bitSet, listed_sets: listedSets },
      constants: {
        ITEMS: size,
        WORDS: words,
        CAPACITY: capacity,
        MOST_ITEMS: most,
        LISTED: feasible?.count ?? 0,
        LISTED_START: 2 * size,
      },
      stateWords,
      actionSpace: "discrete",
      actions: size + 1,
      stop: size,
      horizon: mostThatFit(weights, capacity, most) + 1,
      features: size,
      featureOrder: "membership: feature d is 1 where item d is in the set",
      data: joined(weights, gains, ...(feasible ? [halvesOf(feasible.bits)] : [])),
      enumeration: feasible
        ? available(2 * feasible.count)
        : unavailable(`the sets of ${size} items that fit are more than the ${MOST_LISTED_SETS} that are enumerated`),
      exactLogZ: summed(totals?.logZ),
      ...(totals && { modeThreshold: totals.best / temperature - Math.LN2 }),
      exactSampling: summed(
        totals &&
          ((count: number, seed: number) => {
            const random = new RandomStream(seed, 0x6b6e6170);
            const states = new Uint32Array(count * stateWords);
            for (let n = 0; n < count; n++) {
              const set = totals.draw(random);
              states.set(stateOf(set, bitsOf(set, size)), n * stateWords);
            }
            return states;
          }),
      ),
      items,
      capacity: capacity / perUnit,
      objectCount: summed(totals?.count),
      optimum: summed(totals?.best),
      decode: (state) => ({ items: bitsOf(state, size) }),
      encode(object) {
        const members = listIn(title, object, "items", { items: [0] });
        requireWholeNumbers(title, object, members, "an item", size - 1);
        const set = new Uint32Array(words);
        for (const item of members) {
          if (hasBit(set, item)) throw unreachable(title, object, `item ${items.names[item]} is in it twice`);
          setBit(set, item);
        }
        const state = stateOf(set, members);
        if ((state[words] as number) > capacity) throw unreachable(title, object, `it weighs more than ${capacity / perUnit}`);
        if (members.length > most) throw unreachable(title, object, `its ${members.length} items are more than ${most}`);
        return state;
      },
      objects: memberDisplay("knapsack", "items", items.names),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** Name, parameters, training defaults and form of the environment `knapsack`. */
export const knapsackDeclaration: EnvironmentDeclaration = {
  name: "knapsack",
  make: knapsack,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Knapsack",
    summary: "Sets of items that fit into a knapsack of half their weight. The more they are worth, the larger the reward.",
    parameters: { items: 8, dataSeed: 0, temperature: 5 },
    fields: [
      { name: "items", label: "Items", least: 2, most: 14 },
      { name: "dataSeed", label: "Seed of the items", least: 0, most: 999 },
      { name: "temperature", label: "Temperature", least: 0.5, most: 50, step: 0.5, ofOwnReward: true },
    ],
    expression: {
      names: ["items"],
      help: "the numbers of the set's items, in ascending order, counted from 0",
      example: "items.length",
    },
    file: {
      name: "data",
      label: "Your own items",
      help: "A table with the columns weight and value, one item a line.",
      accept: ".csv,.tsv,.txt",
      fits: ({ enumeration }) => (enumeration.available ? available(true) : enumeration),
    },
  },
};

/** Draws or reads the items. `kept` are the parameters that reproduce them, with the given constraints. */
function chosenItems(given: KnapsackParameters): { items: Items; origin: string; kept: Record<string, ParameterValue> } {
  const { data: file, capacity, maxItems } = given;
  const constraints = { ...(capacity !== undefined && { capacity }), ...(maxItems !== undefined && { maxItems }) };
  if (file === undefined) {
    const { items = PARAMETERS.items.value, dataSeed = PARAMETERS.dataSeed.value } = given;
    return { items: drawnItems(items, dataSeed), origin: "", kept: { items, dataSeed, ...constraints } };
  }
  for (const name of ["items", "dataSeed"] as const) {
    if (given[name] !== undefined) throw argumentError(`knapsack takes either data or ${name}: a data file has its own items`);
  }
  return { items: parseItems(file), origin: ` from ${file.name}`, kept: { data: { name: file.name, text: file.text }, ...constraints } };
}

/** Independent weights and values: the uncorrelated instances of Martello and Toth. */
function drawnItems(count: number, seed: number): Items {
  const random = new RandomStream(seed, 0x6b6e6170);
  const names = Array.from({ length: count }, (_, item) => String(item));
  const draw = (): number => 1 + random.integer(LARGEST_DRAWN);
  const drawn = names.map(() => ({ weight: draw(), value: draw() }));
  return { names, weights: drawn.map(({ weight }) => weight), values: drawn.map(({ value }) => value) };
}

/**
 * Weights and capacity as whole numbers whose sums float32 represents exactly. An item that is too heavy alone gets the weight capacity + 1.
 */
function inWholeUnits(
  { weights }: Items,
  { capacity: given, data }: KnapsackParameters,
): { weights: number[]; capacity: number; perUnit: number } {
  const units = wholeUnits(given === undefined ? weights : [...weights, given]);
  if (units === undefined) {
    throw new WebgfnError("file", `${data?.name ?? "knapsack"}: expected weights and a capacity of at most 6 decimals; round them`);
  }
  const { whole, perUnit } = units;
  const own = whole.slice(0, weights.length);
  const capacity = given === undefined ? Math.floor(own.reduce((sum, weight) => sum + weight, 0) / 2) : (whole.at(-1) as number);
  if (capacity > MOST_UNITS) {
    throw argumentError(
      `knapsack's capacity is ${capacity} units of ${1 / perUnit}, more than ${MOST_UNITS}`,
      "give weights and a capacity with fewer digits",
    );
  }
  return { weights: own.map((weight) => Math.min(weight, capacity + 1)), capacity, perUnit };
}

/** The sets that fit. */
function listFeasible(weights: readonly number[], capacity: number, most: number): ListedSets | undefined {
  const size = weights.length;
  return listSets(size, (item, load) => {
    const weight = Math.floor(load / (size + 1)) + (weights[item] as number);
    const count = (load % (size + 1)) + 1;
    return weight <= capacity && count <= most ? weight * (size + 1) + count : undefined;
  });
}

/** The largest number of items that fit, found by adding the lightest items first. */
function mostThatFit(weights: readonly number[], capacity: number, most: number): number {
  let [count, weight] = [0, 0];
  for (const next of [...weights].sort((a, b) => a - b)) {
    weight += next;
    if (weight > capacity || count === most) break;
    count++;
  }
  return count;
}
