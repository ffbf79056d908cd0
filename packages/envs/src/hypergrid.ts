import source from "@webgfn/shaders/envs/hypergrid.wgsl";
import { RandomStream, type Rule, rules } from "@webgfn/tensor";
import { available, type Capability, unavailable } from "./capability.js";
import { chosen } from "./choosing.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import { listIn, requireWholeNumbers, unreachable } from "./encoding.js";
import { type Environment, MOST_STATES } from "./environment.js";
import { type FamilyParameters, makeFamily, type RewardFamily, rewardFamilies } from "./hypergrid/families.js";
import type { RewardTerm } from "./hypergrid/grid-reward.js";
import { completeDisplay, type ObjectDisplay, type ObjectPicture } from "./objects.js";
import { finiteNumber } from "./parameters.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link hypergrid}. A reward family refuses parameters that it does not use. */
export interface HypergridParameters extends RewardOptions<CellObject>, FamilyParameters {
  /** Number of dimensions d, from 1 to 16. Default 2. */
  dimensions?: number;
  /** Number of cells along each dimension, H, from 2 to 1024. Default 12, the paper's. */
  side?: number;
  /** The reward's formula. Default `original`. */
  rewardFamily?: RewardFamily;
}

/** A cell by its coordinates. */
export type CellObject = { coordinates: number[] };

/** A list of numbers, or a single one, as the command line gives a list of one. */
function numbers(words: string, item: Rule, most: number): Rule {
  const list = rules.list(words, item, 1, most);
  return { words: list.words, accepts: (value) => item.accepts(value) || list.accepts(value) };
}

const isPrime = (n: number) => n > 1 && Array.from({ length: Math.floor(Math.sqrt(n)) - 1 }, (_, i) => i + 2).every((k) => n % k !== 0);
const PRIME: Rule = { words: "a prime below 1024", accepts: (value) => rules.whole(2, 1023).accepts(value) && isPrime(value as number) };

const PARAMETERS = {
  dimensions: { value: 2, rule: rules.whole(1, 16), help: "number of dimensions" },
  side: { value: 12, rule: rules.whole(2, 1024), help: "cells along each dimension" },
  rewardFamily: { value: "original", rule: rules.oneOf(...rewardFamilies), help: `the reward's formula: ${rewardFamilies.join(", ")}` },
  r0: { value: 1e-3, rule: finiteNumber(0), help: "reward of every cell, above 0" },
  r1: { value: 0.5, rule: finiteNumber(0), help: "reward added in the outer plateau, where every coordinate is near a border" },
  r2: { value: 2, rule: finiteNumber(0), help: "reward added in the band within the outer plateau" },
  constrainedDimensions: { rule: rules.whole(1, 16), help: "number of first coordinates that tiers are about (default: all)" },
  tierWeights: {
    rule: numbers("1 to 8 numbers from 0 to 1e18, one per tier", finiteNumber(0), 8),
    help: "rewards that tiers add, for bitwise-xor and multiplicative (default 1,10,100)",
  },
  tierBits: {
    rule: numbers("1 to 8 whole numbers from 0 to 10, one per tier", rules.whole(0, 10), 8),
    help: "lowest bits with even parity, one number per tier of bitwise-xor (default 6,8,10)",
  },
  primes: {
    rule: numbers("1 to 16 primes below 1024", PRIME, 16),
    help: "primes of which coordinates are products, for multiplicative (default 2,3,5)",
  },
  exponentCaps: {
    rule: numbers("1 to 8 whole numbers from 0 to 10, one per tier", rules.whole(0, 10), 8),
    help: "largest exponent of a prime, one number per tier of multiplicative (default 2 for all)",
  },
  tierLcms: {
    rule: numbers("1 to 8 whole numbers from 0 to 16777215, one per tier", rules.whole(0, 2 ** 24 - 1), 8),
    help: "least common multiple of the coordinates, 0 for any, one number per tier of multiplicative (default 0 for all)",
  },
  neighbours: {
    rule: rules.oneOf("free", "coprime"),
    help: "whether neighbouring coordinates of multiplicative must be coprime (default free)",
  },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 12800, hidden: [64, 64] };

/**
 * Makes the hypergrid of method §4. A trajectory starts at the origin, adds 1 to a coordinate, or stops. With the reward family `original` R
 * = r0 + r1·∏ 1[|x_i/(H−1) − ½| ∈ (.25, .5]] + r2·∏ 1[|x_i/(H−1) − ½| ∈ (.3, .4)]; docs/hypergrid-rewards.md describes the other families.
 * Each is a sum of terms that can be counted, so log Z and samples of R/Z are exact in any dimension. The modes are the cells with the
 * highest reward, such as the band, or the outer plateau if this side has no cell in the band. With `cosine` they are the cells near the
 * highest value between cells.
 *
 * @throws WebgfnError `argument` for sizes or rewards out of range.
 *
 * @example
 * ```ts
 * import { hypergrid } from "@webgfn/envs";
 * const environment = hypergrid({ dimensions: 2, side: 8, r0: 0.1 });
 * console.log(environment.exactLogZ.value?.toFixed(4), environment.modeThreshold?.toFixed(3)); // 3.1091 0.956
 * console.log(environment.decode(Uint32Array.of(1, 6, 1))); // { coordinates: [ 1, 6 ] }
 * ```
 */
export function hypergrid(parameters: HypergridParameters = {}): Environment<CellObject> {
  checkParameters("hypergrid", parameters, PARAMETERS);
  const { dimensions = PARAMETERS.dimensions.value, side = PARAMETERS.side.value, rewardFamily = "original" } = parameters;
  const family = makeFamily(rewardFamily, { dimensions, side }, parameters);
  const { shader: gridReward, constants, data, terms, modeReward } = family.reward;

  const stateWords = dimensions + 1;
  const features = dimensions * side;
  const states = 2 * side ** dimensions;
  const title = `hypergrid of side ${side} in ${dimensions} dimension${dimensions === 1 ? "" : "s"}${rewardFamily === "original" ? "" : `, ${rewardFamily} reward`}`;
  return withReward(
    {
      name: "hypergrid",
      parameters: { dimensions, side, rewardFamily, ...family.parameters },
      title,
      shader: source,
      modules: { grid_reward: gridReward },
      constants: { DIMENSIONS: dimensions, SIDE: side, ...constants },
      stateWords,
      actionSpace: "discrete",
      actions: dimensions + 1,
      stop: dimensions,
      horizon: dimensions * (side - 1) + 1,
      features,
      featureOrder: "one-hot per coordinate: coordinate i with value x is feature i·side + x",
      featureGrid: { channels: side, positions: dimensions },
      data,
      enumeration:
        states <= MOST_STATES
          ? available(states)
          : unavailable(`${side ** dimensions} cells are more than the ${MOST_STATES / 2} that are enumerated`),
      exactLogZ: available(Math.log(terms.reduce((sum, { mass }) => sum + mass, 0))),
      modeThreshold: Math.log(modeReward),
      exactSampling: exactSampling(terms, dimensions),
      decode: (state) => ({ coordinates: [...state.subarray(0, dimensions)] }),
      encode(object) {
        const coordinates = listIn(title, object, "coordinates", { coordinates: new Array<number>(dimensions).fill(0) });
        if (coordinates.length !== dimensions) {
          throw unreachable(title, object, `a cell has ${dimensions} coordinate${dimensions === 1 ? "" : "s"}, not ${coordinates.length}`);
        }
        requireWholeNumbers(title, object, coordinates, "a coordinate", side - 1);
        return Uint32Array.of(...coordinates, 1);
      },
      objects: display(dimensions, side),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** Name, parameters, training defaults and form of the environment `hypergrid`. */
export const hypergridDeclaration: EnvironmentDeclaration = {
  name: "hypergrid",
  make: hypergrid,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Hypergrid",
    summary: "Cells of a grid, reached from a corner by steps to the right and up. Its rewards can be changed while it trains.",
    parameters: { dimensions: 2, side: 12, r0: 0.1, r1: 0.5, r2: 2 },
    fields: [{ name: "side", label: "Side", least: 4, most: 32 }],
    editor: {
      kind: "exponents",
      fields: [
        { name: "r0", label: "r0, all", least: -3, most: 0.5 },
        { name: "r1", label: "r1, outer", least: -3, most: 1 },
        { name: "r2", label: "r2, band", least: -3, most: 1 },
      ],
    },
    expression: {
      names: ["coordinates"],
      help: "two whole numbers, counted from 0",
      example: "-Math.hypot(coordinates[0] - 8, coordinates[1] - 3)",
    },
  },
};

const DIRECTIONS = ["right", "up"];

function display(dimensions: number, side: number): ObjectDisplay<CellObject> {
  const text = ({ coordinates }: CellObject) => `(${coordinates.join(", ")})`;
  /** The coordinates before the first action and after each action. A stop does not change them. */
  const visited = (actions: readonly number[]): number[][] => {
    const at = new Array<number>(dimensions).fill(0);
    const after = actions.map((action) => {
      if (action < dimensions) at[action] = (at[action] as number) + 1;
      return [...at];
    });
    return [new Array<number>(dimensions).fill(0), ...after];
  };
  const numbers = Array.from({ length: side }, (_, x) => String(x));
  const map: ObjectPicture<CellObject> = {
    kind: "cells",
    axes: { across: "coordinate 1", up: "coordinate 2" },
    columns: numbers,
    rows: numbers,
    cell: ({ coordinates }) => coordinates as [number, number],
    path: (actions) => visited(actions) as [number, number][],
  };
  return completeDisplay<CellObject>("hypergrid", {
    kind: "cell",
    text,
    columns: [{ name: "coordinates", dtype: "int32", shape: [dimensions], values: ({ coordinates }) => coordinates }],
    fromColumns: ({ coordinates = [] }) => ({ coordinates: [...coordinates] }),
    steps: (actions) => {
      const [, ...after] = visited(actions);
      return actions.map((action, n) => {
        const place = text({ coordinates: after[n] as number[] });
        return action === dimensions ? `stop at ${place}` : `${DIRECTIONS[action] ?? `along ${action + 1}`}, to ${place}`;
      });
    },
    ...(dimensions === 2 ? { picture: map } : {}),
  });
}

/** Samples R/Z, a mixture of the reward's terms: draws a term by its mass, then a cell. */
function exactSampling(terms: readonly RewardTerm[], dimensions: number): Capability<(count: number, seed: number) => Uint32Array> {
  const masses = terms.map(({ mass }) => mass);
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  const stateWords = dimensions + 1;
  return available((count, seed) => {
    const random = new RandomStream(seed, 0x68797065);
    const states = new Uint32Array(count * stateWords);
    for (let n = 0; n < count; n++) {
      const cell = states.subarray(n * stateWords, n * stateWords + dimensions);
      (terms[chosen(masses, random.uniform() * total)] as RewardTerm).draw(random, cell);
      states[n * stateWords + dimensions] = 1;
    }
    return states;
  });
}
