/** The walk to given points of the plane, with everything that the WGSL module says on the way, and the oracle beside it. */
import { environmentConstants } from "@webgfn/sampler";
import { Program } from "@webgfn/tensor";
import { expect } from "vitest";
import { type Point, planeFeatures } from "../reference/index.js";
import { testDevice } from "./device.js";
import type { PlaneTwin } from "./twins.js";

const WALK = `
import constants::{FEATURES, STATE_WORDS, HORIZON};
import package::environment::{State, initial_state, is_terminal, is_allowed, apply, is_undoable, undo, parent_count, level, feature, next_feature, log_reward};

struct Visit {
  terminal: u32,
  initial: u32,
  level: u32,
  parent_count: u32,
  reversible: u32,
  log_reward: f32,
  words: array<u32, STATE_WORDS>,
  features: array<f32, FEATURES>,
  following: array<u32, FEATURES + 1u>,   // next_feature(state, start)
}

@group(0) @binding(0) var<storage, read> points: array<u32>;           // [point][coordinate]
@group(0) @binding(1) var<storage, read_write> visits: array<Visit>;   // [point][time]

fn same(a: State, b: State) -> bool {
  var equal = true;
  for (var word = 0u; word < STATE_WORDS; word++) {
    equal = equal && a[word] == b[word];
  }
  return equal;
}

@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  var state = initial_state();
  for (var time = 0u; time <= HORIZON; time++) {
    let visit = id.x * (HORIZON + 1u) + time;
    visits[visit].terminal = u32(is_terminal(state));
    visits[visit].initial = u32(same(state, initial_state()));
    visits[visit].level = level(state);
    visits[visit].parent_count = parent_count(state);
    visits[visit].log_reward = log_reward(state);
    for (var word = 0u; word < STATE_WORDS; word++) {
      visits[visit].words[word] = state[word];
    }
    for (var k = 0u; k < FEATURES; k++) {
      visits[visit].features[k] = feature(state, k);
    }
    for (var start = 0u; start <= FEATURES; start++) {
      visits[visit].following[start] = next_feature(state, start);
    }
    if (time < HORIZON) {
      let coordinate = points[id.x * HORIZON + time];
      let next = apply(state, coordinate);
      // The parent is where this coordinate came from, and no other did.
      visits[visit].reversible = u32(is_allowed(state, coordinate) && same(undo(next, coordinate), state)
        && is_undoable(next, coordinate) && !is_undoable(next, coordinate ^ 1u));
      state = next;
    }
  }
}`;

/** Words of `Visit` before its arrays. */
const SCALARS = 6;

/** Walks to each point, and compares every visit with the oracle. */
export async function walkToPoints({ environment, logDensity }: PlaneTwin, points: readonly Point[]): Promise<void> {
  const { features, stateWords, horizon } = environment;
  const device = await testDevice();
  const kernel = await device.kernel({
    root: "walk",
    modules: { walk: WALK, environment: environment.shader },
    constants: environmentConstants(environment),
  });
  const size = SCALARS + stateWords + 2 * features + 1;
  const coordinates = Float32Array.from(points.flat());
  const tensors = {
    points: device.tensorFrom(new Uint32Array(coordinates.buffer)),
    visits: device.tensor([points.length, horizon + 1, size], { dtype: "u32" }),
    environment_data: device.tensorFrom(environment.data),
  };
  await new Program(device, "walk").add(kernel, tensors, [points.length]).run();
  const words = (await tensors.visits.read()) as Uint32Array;
  for (const tensor of Object.values(tensors)) tensor.dispose();
  const floats = new Float32Array(words.buffer);

  for (let n = 0; n < points.length; n++) {
    const point = [...coordinates.subarray(2 * n, 2 * n + 2)] as Point;
    for (let time = 0; time <= horizon; time++) {
      const at = `(${point}), step ${time}`;
      const chosen = point.slice(0, time);
      const start = (n * (horizon + 1) + time) * size;
      const [terminal, initial, level, parentCount, reversible] = words.subarray(start, start + SCALARS);
      expect({ terminal, initial, level, parentCount }, at).toEqual({
        terminal: Number(time === horizon),
        initial: Number(time === 0),
        level: time,
        parentCount: Math.min(time, 1),
      });
      if (time < horizon) expect(reversible, at).toBe(1);
      const stateAt = start + SCALARS;
      expect([...floats.subarray(stateAt, stateAt + time)], at).toEqual(chosen);
      const featuresAt = stateAt + stateWords;
      // The policy reads open states only; there all features are listed, the real one even where it is 0.
      if (time < horizon) expect([...floats.subarray(featuresAt, featuresAt + features)], at).toEqual(planeFeatures(chosen));
      expect([...words.subarray(featuresAt + features, featuresAt + 2 * features + 1)], at).toEqual([0, 1, 2, 3]);
      if (time < horizon) continue;
      expect(environment.decode(words.subarray(stateAt, featuresAt)), at).toEqual({ point });
      const logR = floats[start + 5]!;
      expect(Math.abs(logR - logDensity(point)), `log R ${logR}: ${at}`).toBeLessThan(2e-6 * (1 + Math.abs(logDensity(point))));
    }
  }
}
