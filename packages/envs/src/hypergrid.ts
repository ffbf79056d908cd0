import source from "@webgfn/shaders/envs/hypergrid.wgsl";
import { argumentError, RandomStream } from "@webgfn/tensor";
import { chosen } from "./choosing.js";
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

/** Cells of one dimension: all, where 2|2x − (H−1)| > H−1, and where 3(H−1) < 5|2x − (H−1)| < 4(H−1), in integers. */
interface Plateaus {
  all: number[];
  outer: number[];
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

  const plateaus = plateausOf(side);
  const { all, outer, band } = plateaus;
  const z = r0 * all.length ** dimensions + r1 * outer.length ** dimensions + r2 * band.length ** dimensions;
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
    modeThreshold: Math.log(r0 + r1 + (band.length > 0 ? r2 : 0)),
    exactSampling: exactSampling(plateaus, dimensions, { r0, r1, r2 }),
    decode: (state) => ({ coordinates: [...state.subarray(0, dimensions)] }),
  };
}

/** R is a mixture of three uniform distributions over boxes: choose one by its mass, then each coordinate on its own. */
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
