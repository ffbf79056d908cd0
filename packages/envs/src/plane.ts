import shader from "@webgfn/shaders/envs/plane.wgsl";
import { RandomStream } from "@webgfn/tensor";
import { available, type Capability, unavailable } from "./capability.js";
import type { Environment } from "./environment.js";
import { completeDisplay, type ObjectDisplay, type PlaneWindow } from "./objects.js";

/** A point of the plane. */
export type PointObject = { point: [number, number] };

/**
 * The part that all environments over points of the plane share (method §4): from the origin choose coordinate 1, then
 * coordinate 2; a point has one trajectory. A state is the bits of both coordinates, then the number of chosen coordinates.
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
} as const satisfies Partial<Environment>;

/** The WGSL module of a density: the given text, which defines `log_reward`, followed by the functions that all densities share. */
export function planeShader(density: string): string {
  return `${density}\n${shader}`;
}

/** Exact sampling by a function that draws one point. */
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

/** How points of the plane are shown: two decimals as text, and a density over a window. */
export function pointDisplay(name: string, window: PlaneWindow): ObjectDisplay<PointObject> {
  const coordinates = (actions: readonly number[]) => [...new Float32Array(Uint32Array.from(actions).buffer)];
  return completeDisplay<PointObject>(name, {
    kind: "point",
    text: ({ point }) => `(${point.map((x) => x.toFixed(2)).join(", ")})`,
    columns: [{ name: "point", dtype: "float32", shape: [2], values: ({ point }) => point }],
    steps: (actions) => coordinates(actions).map((value, axis) => `coordinate ${axis + 1} is ${value.toFixed(2)}`),
    picture: {
      kind: "density",
      axes: { across: "coordinate 1", up: "coordinate 2" },
      window,
      stateAt: (point) => {
        const state = new Uint32Array(plane.stateWords);
        new Float32Array(state.buffer).set(point);
        state[2] = plane.horizon;
        return state;
      },
      // From the origin, one coordinate after the other.
      path: (actions) =>
        [0, ...actions].map((_, n) => {
          const [x = 0, y = 0] = coordinates(actions.slice(0, n));
          return [x, y];
        }),
    },
  });
}
