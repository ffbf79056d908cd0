// Sums of the weights by which the replay buffer is drawn from, over each REPLAY_CHUNK of slots: by recency 2^(−age/REPLAY_AGE) (or 1 where all objects
// count alike), and by reward R(x), of which the largest log R is kept apart so that nothing overflows.

import constants::{REPLAY_AGE, REPLAY_CHUNK, REPLAY_CHUNKS, LANES};
import package::sampler::replica::Replica;
import package::tensor::lanes::{max_lanes, sum_lanes};
import package::trainer::sources::replay::{CAPACITY, ChunkWeight, Slot, recency};

@group(0) @binding(0) var<storage, read> replicas: array<Replica>;
@group(0) @binding(1) var<storage, read> slots: array<Slot>;                      // [replica][CAPACITY]
@group(0) @binding(2) var<storage, read_write> chunk_weights: array<ChunkWeight>; // [replica][REPLAY_CHUNKS]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  let step = replicas[replica].step;
  let first = group.x * REPLAY_CHUNK;
  let end = min(first + REPLAY_CHUNK, CAPACITY);
  var highest = -1e30;
  for (var n = first + lane; n < end; n += LANES) {
    let slot = slots[replica * CAPACITY + n];
    highest = max(highest, select(-1e30, slot.log_reward, slot.stamp != 0u));
  }
  let top = max_lanes(lane, highest);
  var sums = vec4f();
  for (var n = first + lane; n < end; n += LANES) {
    let slot = slots[replica * CAPACITY + n];
    if (slot.stamp != 0u) {
      sums += vec4f(recency(slot, step), exp(slot.log_reward - top), 0.0, 0.0);
    }
  }
  let totals = sum_lanes(lane, sums);
  if (lane == 0u) {
    chunk_weights[replica * REPLAY_CHUNKS + group.x] = ChunkWeight(totals.x, totals.y, top, 0.0);
  }
}
