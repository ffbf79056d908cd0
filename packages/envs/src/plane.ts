import shader from "@webgfn/shaders/envs/plane.wgsl";
import { RandomStream } from "@webgfn/tensor";
import { available, type Capability, unavailable } from "./capability.js";
import { listIn, unreachable } from "./encoding.js";
import type { Environment } from "./environment.js";
import { completeDisplay, type ObjectDisplay, type PlaneWindow } from "./objects.js";

/** A point of the plane. */
export type PointObject = { point: [number, number] };

/**
 * The fields shared by all environments over points of the plane (method §4). A trajectory chooses coordinate 1, then coordinate 2, so a
 * point has one trajectory. A state consists of the bits of both coordinates, then the number of chosen coordinates.
 */
export const plane = {
  actionSpace: "continuous",
  stateWords: 3,
  actions: 0,
  horizon: 2,
  singleTrajectory: true,
  features: 3,
  featureOrder: "coordinate 1 (0 before it is chosen), then one-hot of the number of chosen coordinates, 0 or 1",
  enumeration: unavailable<number>("the points of the plane cannot be listed"),
  decode: (state: Uint32Array) => {
    const [x, y] = new Float32Array(state.slice(0, 2).buffer) as unknown as [number, number];
    return { point: [x, y] as [number, number] };
  },
  encode: stateOfPoint,
} as const satisfies Partial<Environment<PointObject>>;

function stateOfPoint(object: PointObject): Uint32Array {
  const point = listIn("the plane", object, "point", { point: [0.5, -1] });
  const state = new Uint32Array(3);
  const coordinates = new Float32Array(state.buffer, 0, 2);
  const isNumber = (x: unknown) => typeof x === "number" && Number.isFinite(Math.fround(x));
  if (point.length !== 2 || !point.every(isNumber)) {
    throw unreachable("the plane", object, "a point is two finite numbers, which float32 can hold");
  }
  coordinates.set(point as number[]);
  state[2] = 2;
  return state;
}

/** The WGSL module of a density: `density`, which defines `log_reward`, followed by the functions of `plane.wgsl`. */
export function planeShader(density: string): string {
  return `${density}\n${shader}`;
}

/** Exact sampling with a function that draws one point. `purpose` keys the random numbers. */
export function pointSampling(
  purpose: number,
  draw: (random: RandomStream) => [number, number],
): Capability<(count: number, seed: number) => Uint32Array> {
  return available((count, seed) => {
    const random = new RandomStream(seed, purpose);
    const states = new Uint32Array(count * plane.stateWords);
    const floats = new Float32Array(states.buffer);
    for (let n = 0; n < count; n++) {
      floats.set(draw(random), n * plane.stateWords);
      states[n * plane.stateWords + 2] = 2;
    }
    return states;
  });
}

/** The display of points of the plane: text with two decimals, and pictures of the density over a window. */
export function pointDisplay(name: string, window: PlaneWindow): ObjectDisplay<PointObject> {
  const coordinates = (actions: readonly number[]) => [...new Float32Array(Uint32Array.from(actions).buffer)];
  return completeDisplay<PointObject>(name, {
    kind: "point",
    text: ({ point }) => `(${point.map((x) => x.toFixed(2)).join(", ")})`,
    columns: [{ name: "point", dtype: "float32", shape: [2], values: ({ point }) => point }],
    fromColumns: ({ point = [] }) => ({ point: [...point] as [number, number] }),
    steps: (actions) => coordinates(actions).map((value, axis) => `coordinate ${axis + 1} is ${value.toFixed(2)}`),
    picture: {
      kind: "density",
      axes: { across: "coordinate 1", up: "coordinate 2" },
      window,
      stateAt: ([x, y]) => plane.encode({ point: [x, y] }),
      // The path starts at the origin; the unchosen coordinate of an intermediate point is 0.
      path: (actions) =>
        [0, ...actions].map((_, n) => {
          const [x = 0, y = 0] = coordinates(actions.slice(0, n));
          return [x, y];
        }),
    },
  });
}
