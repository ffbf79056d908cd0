import { RandomStream } from "@webgfn/tensor";
import { largestOf } from "@webgfn/tensor/internal";
import { available, type Capability, unavailable } from "../capability.js";
import { chosen } from "../choosing.js";
import type { Lattice } from "./lattice.js";

/** The exact target of a lattice. */
export interface ExactIsing {
  readonly logZ: number;
  /** Draws lattices from R/Z: `spins[n·sites + site]` is 1 if the site is up, else 0. */
  draw(count: number, seed: number): Uint8Array;
}

/** Most updates of a number, which take a second or two. A torus of 12 × 12 with equal couplings needs 2.1e8. */
const MOST_WORK = 4e8;
/** Widest strip: samples of a wider one would take long. */
const MOST_WIDTH = 12;

/**
 * One layer of a strip: a row of the lattice, or a column if columns are the shorter side. Its 2^width configurations are numbered by their
 * bits; 1 means up.
 */
interface Layer {
  /** J of the bond between each site and the next layer. */
  readonly bonds: Float64Array;
  /** exp(log weight of the layer's own bonds and field − the highest one). */
  readonly weights: Float64Array;
  readonly logHighest: number;
}

interface Strip {
  readonly width: number;
  readonly layers: readonly Layer[];
  /** Whether the last layer has bonds with the first. */
  readonly closed: boolean;
  /** Sets of configurations with the same weight: see {@link orbitsOf}. */
  readonly orbits: readonly (readonly number[])[];
  /** The lattice's site at a position of a layer. */
  site(layer: number, place: number): number;
}

/**
 * log Z and samples of R/Z by the transfer matrix, layer by layer along the longer side. If that side is periodic, the trace Σ_σ (T_1 ⋯
 * T_L)_σσ takes one pass for each configuration σ of the first layer, or only one for all configurations that rotations or the flip of all
 * spins map to each other. Every vector is scaled to a largest entry of 1, and the logarithm of its scale is stored separately.
 */
export function exactIsing(lattice: Lattice): Capability<ExactIsing> {
  const { rows, columns } = lattice;
  const width = Math.min(rows, columns);
  const tooLarge = unavailable<ExactIsing>(
    `${rows} × ${columns} spins are more than a transfer matrix sums up here: up to 12 × 12, or 10 × 10 where couplings are drawn`,
  );
  if (width > MOST_WIDTH) return tooLarge;
  const strip = stripOf(lattice);
  const passes = strip.closed ? strip.orbits.length : 1;
  if (passes * rows * columns * 2 ** width > MOST_WORK) return tooLarge;
  // log of the sum over all lattices with this first layer.
  const logFirst = strip.closed ? closedSums(strip) : openSums(strip);
  const highest = largestOf(logFirst);
  const first = logFirst.map((value) => Math.exp(value - highest));
  return available({
    logZ: highest + Math.log(first.reduce((sum, value) => sum + value, 0)),
    draw: (count, seed) => drawSpins(strip, first, count, seed),
  });
}

function stripOf({ rows, columns, field, right, below }: Lattice): Strip {
  const upright = columns <= rows;
  const [width, length] = upright ? [columns, rows] : [rows, columns];
  const [within, between] = upright ? [right, below] : [below, right];
  const site = (layer: number, place: number) => (upright ? layer * columns + place : place * columns + layer);
  const places = Array.from({ length: width }, (_, place) => place);
  const rowsOf = (of: Float64Array) =>
    Array.from({ length }, (_, layer) => Float64Array.from(places, (place) => of[site(layer, place)] as number));
  const [inner, bonds] = [rowsOf(within), rowsOf(between)];
  const isEven = (of: readonly Float64Array[]) => of.every((couplings) => couplings.every((coupling) => coupling === couplings[0]));
  const known = new Map<string, ReturnType<typeof layerWeights>>();
  const layers = inner.map((couplings, layer) => {
    const weights = known.get(couplings.join()) ?? layerWeights(couplings, field);
    known.set(couplings.join(), weights);
    return { bonds: bonds[layer] as Float64Array, ...weights };
  });
  const orbits = orbitsOf(width, { rotate: isEven(inner) && isEven(bonds), flip: field === 0 });
  return { width, layers, closed: (bonds.at(-1) as Float64Array).some((coupling) => coupling !== 0), orbits, site };
}

/** exp(Σ_i J_i s_i s_{i+1} + h Σ_i s_i − highest) for every configuration of a layer. */
function layerWeights(couplings: Float64Array, field: number): { weights: Float64Array; logHighest: number } {
  const width = couplings.length;
  const energies = Float64Array.from({ length: 2 ** width }, (_, configuration) => {
    let sum = 0;
    for (let i = 0; i < width; i++) {
      const spin = spinOf(configuration, i);
      sum += spin * (field + (couplings[i] as number) * spinOf(configuration, (i + 1) % width));
    }
    return sum;
  });
  const logHighest = largestOf(energies);
  return { weights: energies.map((energy) => Math.exp(energy - logHighest)), logHighest };
}

const spinOf = (configuration: number, place: number) => ((configuration >>> place) & 1) * 2 - 1;

/** The sets of configurations that rotations and the flip of all spins, if allowed, map to each other. */
function orbitsOf(width: number, { rotate, flip }: { rotate: boolean; flip: boolean }): number[][] {
  const size = 2 ** width;
  const seen = new Uint8Array(size);
  const orbits: number[][] = [];
  for (let start = 0; start < size; start++) {
    if (seen[start] === 1) continue;
    const orbit = [start];
    seen[start] = 1;
    // The loop appends to the list that it iterates over.
    for (const configuration of orbit) {
      const rotated = rotate ? (configuration >>> 1) | ((configuration & 1) << (width - 1)) : configuration;
      const flipped = flip ? size - 1 - configuration : configuration;
      for (const other of [rotated, flipped]) {
        if (seen[other] === 0) orbit.push(other);
        seen[other] = 1;
      }
    }
    orbits.push(orbit);
  }
  return orbits;
}

/** Multiplies a vector over configurations by ∏_i exp(J_i s_i s'_i − |J_i|), site by site. The product's logarithm lacks Σ |J_i|. */
function crossBonds(vector: Float64Array, bonds: Float64Array): void {
  bonds.forEach((coupling, place) => {
    const same = Math.exp(coupling - Math.abs(coupling));
    const other = Math.exp(-coupling - Math.abs(coupling));
    const bit = 2 ** place;
    for (let block = 0; block < vector.length; block += 2 * bit) {
      for (let k = block; k < block + bit; k++) {
        const down = vector[k] as number;
        const up = vector[k + bit] as number;
        vector[k] = same * down + other * up;
        vector[k + bit] = other * down + same * up;
      }
    }
  });
}

/** Divides a vector by its largest entry, and returns that entry's logarithm. */
function normalise(vector: Float64Array): number {
  const largest = largestOf(vector);
  for (let k = 0; k < vector.length; k++) vector[k] = (vector[k] as number) / largest;
  return Math.log(largest);
}

/** The logarithm of the factors left out of the weights of layers and bonds. */
function logFactors({ layers }: Strip): number {
  return layers.reduce((sum, { bonds, logHighest }) => bonds.reduce((all, coupling) => all + Math.abs(coupling), sum + logHighest), 0);
}

/**
 * For each layer, the sums over all later layers, as vectors over its configurations with a largest entry of 1, and the logarithm of the
 * first one's scale.
 *
 * @param last the vector of the last layer, which is overwritten.
 */
function sumsBehind({ layers }: Strip, last: Float64Array): { behind: Float64Array[]; logScale: number } {
  const behind = [last];
  let logScale = normalise(last);
  for (let layer = layers.length - 1; layer > 0; layer--) {
    const { weights } = layers[layer] as Layer;
    const vector = (behind[0] as Float64Array).map((value, k) => value * (weights[k] as number));
    crossBonds(vector, (layers[layer - 1] as Layer).bonds);
    logScale += normalise(vector);
    behind.unshift(vector);
  }
  return { behind, logScale };
}

/** The weights of bonds between one configuration and every other: ∏_i exp(J_i s_i s'_i − |J_i|). */
function bondWeights(bonds: Float64Array, configuration: number): Float64Array {
  const weights = new Float64Array(2 ** bonds.length);
  weights[0] = 1;
  bonds.forEach((coupling, place) => {
    const towards = coupling * spinOf(configuration, place);
    const [up, down] = [Math.exp(towards - Math.abs(coupling)), Math.exp(-towards - Math.abs(coupling))];
    const bit = 2 ** place;
    for (let k = 0; k < bit; k++) {
      const before = weights[k] as number;
      weights[k] = before * down;
      weights[k + bit] = before * up;
    }
  });
  return weights;
}

/** The weights of the last layer's bonds with a first layer. */
function closingWeights({ layers }: Strip, first: number): Float64Array {
  return bondWeights((layers.at(-1) as Layer).bonds, first);
}

/** For every configuration of the first layer, log of the sum over all others. */
function openSums(strip: Strip): Float64Array {
  const { behind, logScale } = sumsBehind(strip, new Float64Array(2 ** strip.width).fill(1));
  const { weights } = strip.layers[0] as Layer;
  const factors = logFactors(strip);
  return (behind[0] as Float64Array).map((value, k) => factors + logScale + Math.log(value * (weights[k] as number)));
}

function closedSums(strip: Strip): Float64Array {
  const { weights } = strip.layers[0] as Layer;
  const factors = logFactors(strip);
  const sums = new Float64Array(2 ** strip.width);
  for (const orbit of strip.orbits) {
    const [first = 0] = orbit;
    const { behind, logScale } = sumsBehind(strip, closingWeights(strip, first));
    const value = factors + logScale + Math.log(((behind[0] as Float64Array)[first] as number) * (weights[first] as number));
    for (const configuration of orbit) sums[configuration] = value;
  }
  return sums;
}

/** Draws the first layer by its sums, then layer after layer, each given the one before. */
function drawSpins(strip: Strip, first: Float64Array, count: number, seed: number): Uint8Array {
  const { width, layers, closed, site } = strip;
  const random = new RandomStream(seed, 0x6973696e);
  const total = first.reduce((sum, value) => sum + value, 0);
  // Lattices with the same first layer share their sums, so they are drawn together, each with its own random numbers.
  const uniforms = Float64Array.from({ length: count * layers.length }, () => random.uniform());
  const byFirst = new Map<number, number[]>();
  for (let n = 0; n < count; n++) {
    const configuration = chosen(first, (uniforms[n * layers.length] as number) * total);
    const group = closed ? configuration : 0;
    const members = byFirst.get(group);
    if (members === undefined) byFirst.set(group, [n]);
    else members.push(n);
  }
  const spins = new Uint8Array(count * width * layers.length);
  for (const [group, members] of byFirst) {
    const last = closed ? closingWeights(strip, group) : new Float64Array(2 ** width).fill(1);
    const { behind } = sumsBehind(strip, last);
    for (const n of members) {
      let configuration = chosen(first, (uniforms[n * layers.length] as number) * total);
      for (let layer = 0; layer < layers.length; layer++) {
        if (layer > 0) {
          const masses = bondWeights((layers[layer - 1] as Layer).bonds, configuration);
          const { weights } = layers[layer] as Layer;
          const after = behind[layer] as Float64Array;
          let mass = 0;
          for (let k = 0; k < masses.length; k++) {
            masses[k] = (masses[k] as number) * (weights[k] as number) * (after[k] as number);
            mass += masses[k] as number;
          }
          configuration = chosen(masses, (uniforms[n * layers.length + layer] as number) * mass);
        }
        for (let place = 0; place < width; place++) spins[n * width * layers.length + site(layer, place)] = (configuration >>> place) & 1;
      }
    }
  }
  return spins;
}
