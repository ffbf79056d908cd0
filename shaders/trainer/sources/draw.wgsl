// Draws objects from the replay buffer for trajectories [LOCAL_FIRST, TABLE_FIRST) of each replica, with replacement. One workgroup draws
// one: first a chunk by the sums of weigh_slots.wgsl, then a slot of the chunk. A local search [LOCAL_FIRST, GIVEN_FIRST) draws by reward.

import constants::{BATCH, REPLAY_CHUNK, REPLAY_CHUNKS, GIVEN_FIRST, LANES, LOCAL_FIRST, STATE_WORDS};
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;
import package::tensor::lanes::max_lanes;
import package::tensor::random::{philox, uniform01};
import package::trainer::sources::replay::{CAPACITY, ChunkWeight, Slot, recency};

@group(0) @binding(0) var<storage, read> replicas: array<Replica>;
@group(0) @binding(1) var<storage, read> slots: array<Slot>;                      // [replica][CAPACITY]
@group(0) @binding(2) var<storage, read> slot_objects: array<u32>;                // [replica][CAPACITY][word]
@group(0) @binding(3) var<storage, read> chunk_weights: array<ChunkWeight>;       // [replica][REPLAY_CHUNKS]
@group(0) @binding(4) var<storage, read_write> objects: array<u32>;               // [replica][trajectory][word]
@group(0) @binding(5) var<storage, read_write> trajectories: array<Trajectory>;   // [replica][trajectory]

// Purpose of the random numbers, the last word of Philox's counter.
const DRAW = 4u;
const NONE = 0xffffffffu;

struct Draw {
  replica: u32,
  step: u32,
  by_reward: bool,
  highest: f32,  // largest log R of the buffer
}

var<workgroup> sums: array<f32, LANES>;
var<workgroup> chosen: u32;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let trajectory = LOCAL_FIRST + group.x;
  let replica = group.y;
  let settings = replicas[replica];
  let words = philox(settings.seed, vec4u(settings.step, trajectory, 0u, DRAW));
  var highest = -1e30;
  for (var chunk = lane; chunk < REPLAY_CHUNKS; chunk += LANES) {
    highest = max(highest, chunk_weights[replica * REPLAY_CHUNKS + chunk].log_reward);
  }
  let draw = Draw(replica, settings.step, prefers_reward(trajectory), max_lanes(lane, highest));
  let index = replica * BATCH + trajectory;
  let chunk = choose(draw, NONE, REPLAY_CHUNKS, uniform01(words.x), lane);
  if (chunk == NONE) {
    // The buffer is empty.
    if (lane == 0u) {
      trajectories[index].length = 0.0;
    }
    return;
  }
  let first = chunk * REPLAY_CHUNK;
  let slot = first + choose(draw, first, min(REPLAY_CHUNK, CAPACITY - first), uniform01(words.y), lane);
  for (var word = lane; word < STATE_WORDS; word += LANES) {
    objects[index * STATE_WORDS + word] = slot_objects[(replica * CAPACITY + slot) * STATE_WORDS + word];
  }
  if (lane == 0u) {
    trajectories[index].length = 1.0;
  }
}

fn prefers_reward(trajectory: u32) -> bool {
  if (trajectory < GIVEN_FIRST) {
    return true;
  }
  @if(by_half) return trajectory % 2u == 1u;
  @if(by_reward) return true;
  @if(!by_half && !by_reward) return false;
}

// The weight of chunk `item` where `first` is NONE, otherwise of the slot `first + item`.
fn weight(draw: Draw, first: u32, item: u32) -> f32 {
  if (first == NONE) {
    let chunk = chunk_weights[draw.replica * REPLAY_CHUNKS + item];
    return select(chunk.recency, chunk.reward * exp(chunk.log_reward - draw.highest), draw.by_reward);
  }
  let slot = slots[draw.replica * CAPACITY + first + item];
  if (slot.stamp == 0u) {
    return 0.0;
  }
  return select(recency(slot, draw.step), exp(slot.log_reward - draw.highest), draw.by_reward);
}

// Draws one of `count` items by weight with a uniform number u; NONE where all weights are 0. All lanes must call it, and get the same.
fn choose(draw: Draw, first: u32, count: u32, u: f32, lane: u32) -> u32 {
  let share = (count + LANES - 1u) / LANES;
  var sum = 0.0;
  for (var item = lane * share; item < min((lane + 1u) * share, count); item++) {
    sum += weight(draw, first, item);
  }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    var total = 0.0;
    for (var other = 0u; other < LANES; other++) {
      total += sums[other];
    }
    chosen = NONE;
    var rest = u * total;
    var of_lane = NONE;
    for (var other = 0u; other < LANES && (of_lane == NONE || rest > 0.0); other++) {
      if (sums[other] > 0.0) {
        // If rounding leaves the last sum short, the last lane that has any weight stands.
        of_lane = other;
        if (rest <= sums[other]) {
          break;
        }
        rest -= sums[other];
      }
    }
    if (of_lane != NONE) {
      for (var item = of_lane * share; item < min((of_lane + 1u) * share, count); item++) {
        let own = weight(draw, first, item);
        if (own > 0.0) {
          chosen = item;
          if (rest <= own) {
            break;
          }
          rest -= own;
        }
      }
    }
  }
  return workgroupUniformLoad(&chosen);
}
