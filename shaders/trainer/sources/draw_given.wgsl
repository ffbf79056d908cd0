// Draws objects from a table of given ones, uniformly and with replacement, for trajectories [TABLE_FIRST, TABLE_END) of each replica.

import constants::{BATCH, TABLE_END, TABLE_FIRST, TABLE_ROWS, STATE_WORDS};
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;
import package::tensor::random::{philox, uniform01};

@group(0) @binding(0) var<storage, read> replicas: array<Replica>;
@group(0) @binding(1) var<storage, read> given: array<u32>;                       // [TABLE_ROWS][word]
@group(0) @binding(2) var<storage, read_write> objects: array<u32>;               // [replica][trajectory][word]
@group(0) @binding(3) var<storage, read_write> trajectories: array<Trajectory>;   // [replica][trajectory]

// Purpose of the random numbers, the last word of Philox's counter.
const DRAW_GIVEN = 5u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let trajectory = TABLE_FIRST + id.x;
  if (trajectory >= TABLE_END) {
    return;
  }
  let settings = replicas[id.y];
  let u = uniform01(philox(settings.seed, vec4u(settings.step, trajectory, 0u, DRAW_GIVEN)).x);
  let row = min(u32(u * f32(TABLE_ROWS)), TABLE_ROWS - 1u);
  let index = id.y * BATCH + trajectory;
  for (var word = 0u; word < STATE_WORDS; word++) {
    objects[index * STATE_WORDS + word] = given[row * STATE_WORDS + word];
  }
  trajectories[index].length = 1.0;
}
