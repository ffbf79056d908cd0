import shader from "@webgfn/shaders/envs/plane.wgsl";
import { RandomStream } from "@webgfn/tensor";
import { available, type Capability, type Environment, unavailable } from "./environment.js";

/**
 * What environments over points of the plane share (method §4): from the origin choose coordinate 1, then coordinate 2; a
 * point has one trajectory. A state is the bits of both coordinates and the number of those chosen.
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

/** The WGSL module of a density: its own text, which defines `log_reward`, made whole by what points have in common. */
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
