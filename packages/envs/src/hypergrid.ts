import source from "@webgfn/shaders/envs/hypergrid.wgsl";
import { RandomStream, rules } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { available, type Capability, unavailable } from "./capability.js";
import { chosen } from "./choosing.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import { listIn, requireWholeNumbers, unreachable } from "./encoding.js";
import { type Environment, MOST_STATES } from "./environment.js";
import { completeDisplay, type ObjectDisplay, type ObjectPicture } from "./objects.js";
import { finiteNumber } from "./parameters.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link hypergrid}. */
export interface HypergridParameters extends RewardOptions<CellObject> {
  /** Number of dimensions d, from 1 to 16. Default 2. */
  dimensions?: number;
  /** Number of cells along each dimension, H, from 2 to 1024. Default 12, the paper's. */
  side?: number;
  /** Reward of every cell; must be positive. Default 1e-3, the paper's. */
  r0?: number;
  /** Reward added in the outer plateau, where |x_i/(H−1) − ½| > .25 for every coordinate. Default ½. */
  r1?: number;
  /** Reward added in the band, where .3 < |x_i/(H−1) − ½| < .4 for every coordinate. Default 2. */
  r2?: number;
}

/** A cell by its coordinates. */
export type CellObject = { coordinates: number[] };

const PARAMETERS = {
  dimensions: { value: 2, rule: rules.whole(1, 16), help: "number of dimensions" },
  side: { value: 12, rule: rules.whole(2, 1024), help: "cells along each dimension" },
  r0: { value: 1e-3, rule: finiteNumber(0), help: "reward of every cell, above 0" },
  r1: { value: 0.5, rule: finiteNumber(0), help: "reward added in the outer plateau, where every coordinate is near a border" },
  r2: { value: 2, rule: finiteNumber(0), help: "reward added in the band within the outer plateau" },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 12800, hidden: [64, 64] };

/** Coordinates x along one dimension. The conditions are those of {@link hypergrid}, in integers. */
interface Plateaus {
  /** From 0 to H − 1. */
  all: number[];
  /** 2|2x − (H−1)| > H−1. */
  outer: number[];
  /** 3(H−1) < 5|2x − (H−1)| < 4(H−1). */
  band: number[];
}

function plateausOf(side: number): Plateaus {
  const distance = (x: number) => Math.abs(2 * x - (side - 1));
  const all = Array.from({ length: side }, (_, x) => x);
  return {
    all,
    outer: all.filter((x) => 2 * distance(x) > side - 1),
    band: all.filter((x) => 3 * (side - 1) < 5 * distance(x) && 5 * distance(x) < 4 * (side - 1)),
  };
}

/**
 * Makes the hypergrid of method §4. A trajectory starts at the origin, adds 1 to a coordinate, or stops:
 * R = r0 + r1·∏ 1[|x_i/(H−1) − ½| ∈ (.25, .5]] + r2·∏ 1[|x_i/(H−1) − ½| ∈ (.3, .4)].
 * The modes are the cells with the highest reward: those of the band, or of the outer plateau if this side has no cell in the band.
 *
 * @throws WebgfnError `argument` for sizes or rewards out of range.
 */
export function hypergrid(parameters: HypergridParameters = {}): Environment<CellObject> {
  checkParameters("hypergrid", parameters, PARAMETERS);
  const { dimensions = PARAMETERS.dimensions.value, side = PARAMETERS.side.value } = parameters;
  const { r0 = PARAMETERS.r0.value, r1 = PARAMETERS.r1.value, r2 = PARAMETERS.r2.value } = parameters;
  if (r0 === 0) throw argumentError("hypergrid's r0 must be positive: every object needs a reward above zero");

  const plateaus = plateausOf(side);
  const { all, outer, band } = plateaus;
  const z = r0 * all.length ** dimensions + r1 * outer.length ** dimensions + r2 * band.length ** dimensions;
  const stateWords = dimensions + 1;
  const features = dimensions * side;
  const states = 2 * side ** dimensions;
  const title = `hypergrid of side ${side} in ${dimensions} dimension${dimensions === 1 ? "" : "s"}`;
  return withReward(
    {
      name: "hypergrid",
      parameters: { dimensions, side, r0, r1, r2 },
      title,
      shader: source,
      constants: { DIMENSIONS: dimensions, SIDE: side },
      stateWords,
      actionSpace: "discrete",
      actions: dimensions + 1,
      stop: dimensions,
      horizon: dimensions * (side - 1) + 1,
      features,
      featureOrder: "one-hot per coordinate: coordinate i with value x is feature i·side + x",
      featureGrid: { channels: side, positions: dimensions },
      // The band lies within the outer plateau, so R has only these three values.
      data: Float32Array.of(Math.log(r0), Math.log(r0 + r1), Math.log(r0 + r1 + r2)),
      enumeration:
        states <= MOST_STATES
          ? available(states)
          : unavailable(`${side ** dimensions} cells are more than the ${MOST_STATES / 2} that are enumerated`),
      exactLogZ: available(Math.log(z)),
      modeThreshold: Math.log(r0 + r1 + (band.length > 0 ? r2 : 0)),
      exactSampling: exactSampling(plateaus, dimensions, { r0, r1, r2 }),
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

/** Samples R/Z, a mixture of three uniform distributions over products of sets: draw a component by its mass, then each coordinate. */
function exactSampling(
  { all, outer, band }: Plateaus,
  dimensions: number,
  { r0, r1, r2 }: { r0: number; r1: number; r2: number },
): Capability<(count: number, seed: number) => Uint32Array> {
  const boxes = [all, outer, band];
  const masses = [r0 * all.length ** dimensions, r1 * outer.length ** dimensions, r2 * band.length ** dimensions];
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  const stateWords = dimensions + 1;
  return available((count, seed) => {
    const random = new RandomStream(seed, 0x68797065);
    const states = new Uint32Array(count * stateWords);
    for (let n = 0; n < count; n++) {
      const cells = boxes[chosen(masses, random.uniform() * total)] as number[];
      for (let i = 0; i < dimensions; i++) states[n * stateWords + i] = cells[random.integer(cells.length)] as number;
      states[n * stateWords + dimensions] = 1;
    }
    return states;
  });
}
