import source from "@webgfn/shaders/envs/hypergrid.wgsl";
import { argumentError, RandomStream } from "@webgfn/tensor";
import { available, type Capability, type Environment, MOST_STATES, unavailable } from "./environment.js";
import { finiteNumber, knownParameters, wholeNumber } from "./parameters.js";

export interface HypergridParameters {
  /** d, from 1 to 16. Default 2. */
  dimensions?: number;
  /** H, cells along each dimension, from 2 to 1024. Default 12, the paper's. */
  side?: number;
  /** R outside every plateau; must be positive. Default 1e-3, the paper's. */
  r0?: number;
  /** Added where every coordinate is outer. Default ½. */
  r1?: number;
  /** Added where every coordinate is in the band. Default 2. */
  r2?: number;
}

/** Cells of one dimension where 2|2x − (H−1)| > H−1, and where 3(H−1) < 5|2x − (H−1)| < 4(H−1), counted in integers. */
function plateaus(side: number): { outer: number; band: number } {
  let outer = 0;
  let band = 0;
  for (let x = 0; x < side; x++) {
    const distance = Math.abs(2 * x - (side - 1));
    if (2 * distance > side - 1) outer++;
    if (3 * (side - 1) < 5 * distance && 5 * distance < 4 * (side - 1)) band++;
  }
  return { outer, band };
}

/**
 * The hypergrid of method §4: start at the origin, add 1 to a coordinate or stop;
 * R = r0 + r1·∏ 1[|x_i/(H−1) − ½| ∈ (.25, .5]] + r2·∏ 1[|x_i/(H−1) − ½| ∈ (.3, .4)].
 * Its modes are the cells of the highest reward that this side has: the band's, or the outer ones where the band is empty.
 *
 * @throws WebgfnError `argument` for sizes or rewards out of range.
 */
export function hypergrid(parameters: HypergridParameters = {}): Environment {
  knownParameters("hypergrid", parameters, ["dimensions", "side", "r0", "r1", "r2"]);
  const dimensions = wholeNumber("hypergrid's dimensions", parameters.dimensions ?? 2, 1, 16);
  const side = wholeNumber("hypergrid's side", parameters.side ?? 12, 2, 1024);
  const r0 = finiteNumber("hypergrid's r0", parameters.r0 ?? 1e-3, 0);
  const r1 = finiteNumber("hypergrid's r1", parameters.r1 ?? 0.5, 0);
  const r2 = finiteNumber("hypergrid's r2", parameters.r2 ?? 2, 0);
  if (r0 === 0) throw argumentError("hypergrid's r0 must be positive: every object needs a reward above zero");

  const { outer, band } = plateaus(side);
  const z = r0 * side ** dimensions + r1 * outer ** dimensions + r2 * band ** dimensions;
  const stateWords = dimensions + 1;
  const features = dimensions * side;
  const states = 2 * side ** dimensions;
  return {
    name: "hypergrid",
    parameters: { dimensions, side, r0, r1, r2 },
    title: `hypergrid of side ${side} in ${dimensions} dimension${dimensions === 1 ? "" : "s"}`,
    shader: source,
    constants: { DIMENSIONS: dimensions, SIDE: side },
    stateWords,
    actionSpace: "discrete",
    actions: dimensions + 1,
    horizon: dimensions * (side - 1) + 1,
    features,
    featureOrder: "one-hot per coordinate: coordinate i with value x is feature i·side + x",
    // The band lies within the outer plateau, so these three values are all there are.
    data: Float32Array.of(Math.log(r0), Math.log(r0 + r1), Math.log(r0 + r1 + r2)),
    enumeration:
      states <= MOST_STATES
        ? available(states)
        : unavailable(`${side ** dimensions} cells are more than the ${MOST_STATES / 2} that are enumerated`),
    exactLogZ: available(Math.log(z)),
    modeThreshold: Math.log(r0 + r1 + (band > 0 ? r2 : 0)),
    exactSampling: exactSampling(dimensions, side, stateWords, { r0, r1, r2 }),
    decode: (state) => ({ coordinates: [...state.subarray(0, dimensions)] }),
  };
}

/** R is a mixture of three uniform distributions over boxes: choose one by its mass, then each coordinate on its own. */
function exactSampling(
  dimensions: number,
  side: number,
  stateWords: number,
  { r0, r1, r2 }: { r0: number; r1: number; r2: number },
): Capability<(count: number, seed: number) => Uint32Array> {
  const distance = (x: number) => Math.abs(2 * x - (side - 1));
  const all = Array.from({ length: side }, (_, x) => x);
  const outer = all.filter((x) => 2 * distance(x) > side - 1);
  const band = all.filter((x) => 3 * (side - 1) < 5 * distance(x) && 5 * distance(x) < 4 * (side - 1));
  const boxes: [Box, ...Box[]] = [
    { cells: all, mass: r0 * all.length ** dimensions },
    { cells: outer, mass: r1 * outer.length ** dimensions },
    { cells: band, mass: r2 * band.length ** dimensions },
  ];
  const total = boxes.reduce((sum, { mass }) => sum + mass, 0);
  return available((count, seed) => {
    const random = new RandomStream(seed, 0x68797065);
    const states = new Uint32Array(count * stateWords);
    for (let n = 0; n < count; n++) {
      const { cells } = chosenBox(boxes, random.uniform() * total);
      for (let i = 0; i < dimensions; i++) states[n * stateWords + i] = cells[random.integer(cells.length)] as number;
      states[n * stateWords + dimensions] = 1;
    }
    return states;
  });
}

interface Box {
  cells: number[];
  mass: number;
}

/** The box in which a point at `at` falls when the masses lie side by side from 0 on. */
function chosenBox(boxes: readonly [Box, ...Box[]], at: number): Box {
  let end = 0;
  for (const box of boxes) {
    end += box.mass;
    if (at < end) return box;
  }
  return boxes[0];
}
