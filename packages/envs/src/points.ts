import fixedRanges from "@webgfn/shaders/envs/fixed_ranges.wgsl";
import dynamics from "@webgfn/shaders/envs/points.wgsl";
import { RandomStream } from "@webgfn/tensor";
import { inBrief } from "@webgfn/tensor/internal";
import { available, type Capability, unavailable } from "./capability.js";
import { listIn, unreachable } from "./encoding.js";
import type { Environment } from "./environment.js";
import { completeDisplay, type ObjectDisplay, type ObjectPicture } from "./objects.js";

/** A point, by default in the plane; `PointObject<number[]>` has any number of coordinates. */
export type PointObject<P extends number[] = [number, number]> = { point: P };

/** The fields of an environment that all densities over points of the same dimension share. */
type PointFields<P extends number[]> = Pick<
  Environment<PointObject<P>>,
  "stateWords" | "actions" | "horizon" | "features" | "featureOrder" | "enumeration" | "decode"
> & { actionSpace: "continuous"; singleTrajectory: true; encode(object: PointObject<P>): Uint32Array };

/**
 * The fields of an environment over points of some dimension (method §4). A trajectory chooses coordinate 1, then coordinate 2, and so on, so a
 * point has one trajectory. A state consists of the bits of the coordinates, then the number of chosen coordinates.
 *
 * @param space name of the space, such as `the plane`.
 */
export function pointFields<P extends number[]>(dimensions: number, space: string): PointFields<P> {
  const last = dimensions - 1;
  return {
    actionSpace: "continuous",
    stateWords: dimensions + 1,
    actions: 0,
    horizon: dimensions,
    singleTrajectory: true,
    features: 2 * dimensions - 1,
    featureOrder:
      dimensions === 2
        ? "coordinate 1 (0 before it is chosen), then one-hot of the number of chosen coordinates, 0 or 1"
        : `coordinates 1 to ${last} (scaled, 0 before they are chosen), then one-hot of the number of chosen coordinates, 0 to ${last}`,
    enumeration: unavailable<number>(`the points of ${space} cannot be listed`),
    decode: (state) => ({ point: [...new Float32Array(state.slice(0, dimensions).buffer)] as unknown as P }),
    encode(object) {
      const point = listIn(space, object, "point", { point: [0.5, -1, ...new Array(dimensions - 2).fill(0)].slice(0, 4) });
      if (point.length !== dimensions) throw unreachable(space, object, `a point has ${dimensions} coordinates, not ${point.length}`);
      const wrong = point.find((x) => typeof x !== "number" || !Number.isFinite(Math.fround(x)));
      if (wrong !== undefined)
        throw unreachable(space, object, `a coordinate is a finite number that float32 can hold, not ${inBrief(wrong)}`);
      return stateOf(point as number[]);
    },
  };
}

/** The terminal state of a point. */
function stateOf(point: readonly number[]): Uint32Array {
  const state = new Uint32Array(point.length + 1);
  new Float32Array(state.buffer).set(point);
  state[point.length] = point.length;
  return state;
}

/** The WGSL module of a density: `density`, which defines what `points.wgsl` names, followed by the functions of `points.wgsl`. */
export function pointShader(density: string): string {
  const text = `${density}\n${dynamics}`;
  // Imports stand before all declarations.
  return [...(text.match(IMPORTS) ?? []), text.replace(IMPORTS, "")].join("");
}

const IMPORTS = /^import [^;]+;\n/gm;

/** Like {@link pointShader}, with a fixed range for every coordinate; `environment_data` begins with the ranges. */
export function fixedRangeShader(density: string): string {
  return pointShader(`${density}\n${fixedRanges}`);
}

/** Exact sampling with a function that draws one point. `purpose` keys the random numbers. */
export function pointSampling(
  dimensions: number,
  purpose: number,
  draw: (random: RandomStream) => readonly number[],
): Capability<(count: number, seed: number) => Uint32Array> {
  return available((count, seed) => {
    const random = new RandomStream(seed, purpose);
    const states = new Uint32Array(count * (dimensions + 1));
    for (let n = 0; n < count; n++) states.set(stateOf(draw(random)), n * (dimensions + 1));
    return states;
  });
}

/** The coordinates that actions choose. */
export const coordinatesOf = (actions: readonly number[]): number[] => [...new Float32Array(Uint32Array.from(actions).buffer)];

/** The display of points: text with two decimals, and a picture. */
export function pointDisplay<P extends number[]>(
  name: string,
  dimensions: number,
  picture: ObjectPicture<PointObject<P>>,
): ObjectDisplay<PointObject<P>> {
  return completeDisplay<PointObject<P>>(name, {
    kind: "point",
    text: ({ point }) => `(${point.map((x) => x.toFixed(2)).join(", ")})`,
    columns: [{ name: "point", dtype: "float32", shape: [dimensions], values: ({ point }) => point }],
    fromColumns: ({ point = [] }) => ({ point: [...point] as unknown as P }),
    steps: (actions) => coordinatesOf(actions).map((value, axis) => `coordinate ${axis + 1} is ${value.toFixed(2)}`),
    picture,
  });
}
