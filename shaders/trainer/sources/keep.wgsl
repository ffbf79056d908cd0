// Puts the objects that the policy has sampled in this step into the replay buffer: trajectories [0, GIVEN_FIRST) of each replica, in their order.
//
// One workgroup per replica. Each lane keeps the objects of its own buckets, one after another, so that the result does not depend on which
// lane is faster.

import constants::{BATCH, REPLAY_BUCKETS, GIVEN_FIRST, LANES, STATE_WORDS, REPLAY_WAYS};
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;
import package::tensor::finite::is_finite;
import package::tensor::hash::{FIRST_HASH, next_hash};
import package::trainer::sources::replay::{BEST, CAPACITY, Slot, bucket_of};

@group(0) @binding(0) var<storage, read> replicas: array<Replica>;
@group(0) @binding(1) var<storage, read> objects: array<u32>;               // [replica][trajectory][word]
@group(0) @binding(2) var<storage, read> trajectories: array<Trajectory>;   // [replica][trajectory]
@group(0) @binding(3) var<storage, read_write> slots: array<Slot>;          // [replica][CAPACITY]
@group(0) @binding(4) var<storage, read_write> slot_objects: array<u32>;    // [replica][CAPACITY][word]

// Objects whose buckets are known at once.
const AT_ONCE = 256u;
var<workgroup> buckets: array<u32, AT_ONCE>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  let stamp = replicas[replica].step + 1u;
  for (var first = 0u; first < GIVEN_FIRST; first += AT_ONCE) {
    let end = min(first + AT_ONCE, GIVEN_FIRST);
    for (var n = first + lane; n < end; n += LANES) {
      var hash = FIRST_HASH;
      for (var word = 0u; word < STATE_WORDS; word++) {
        hash = next_hash(hash, objects[(replica * BATCH + n) * STATE_WORDS + word]);
      }
      buckets[n - first] = bucket_of(hash);
    }
    workgroupBarrier();
    for (var n = first; n < end; n++) {
      if (buckets[n - first] % LANES == lane) {
        keep(replica, n, buckets[n - first], stamp);
      }
    }
    workgroupBarrier();
  }
}

fn keep(replica: u32, trajectory: u32, bucket: u32, stamp: u32) {
  let index = replica * BATCH + trajectory;
  let log_reward = trajectories[index].log_reward;
  if (!is_finite(log_reward)) {
    return;
  }
  let start = replica * CAPACITY + bucket * REPLAY_WAYS;
  var oldest = start;
  for (var slot = start; slot < start + REPLAY_WAYS; slot++) {
    if (slots[slot].stamp != 0u && is_same(slot, index)) {
      slots[slot].stamp = stamp;
      return;
    }
    if (slot < start + BEST && slots[slot].stamp < slots[oldest].stamp) {
      oldest = slot;
    }
  }
  if (slots[oldest].stamp != 0u) {
    keep_if_better(start, oldest);
  }
  slots[oldest] = Slot(log_reward, stamp);
  for (var word = 0u; word < STATE_WORDS; word++) {
    slot_objects[oldest * STATE_WORDS + word] = objects[index * STATE_WORDS + word];
  }
}

fn is_same(slot: u32, index: u32) -> bool {
  for (var word = 0u; word < STATE_WORDS; word++) {
    if (slot_objects[slot * STATE_WORDS + word] != objects[index * STATE_WORDS + word]) {
      return false;
    }
  }
  return true;
}

// Moves the object that has to leave the first half of its bucket to the second half: to an empty slot, or to the one with the lowest log R
// if its own is higher.
fn keep_if_better(start: u32, leaving: u32) {
  var lowest = start + BEST;
  for (var slot = start + BEST; slot < start + REPLAY_WAYS; slot++) {
    if (slots[slot].stamp == 0u) {
      lowest = slot;
      break;
    }
    if (slots[slot].log_reward < slots[lowest].log_reward) {
      lowest = slot;
    }
  }
  if (slots[lowest].stamp != 0u && slots[leaving].log_reward <= slots[lowest].log_reward) {
    return;
  }
  slots[lowest] = slots[leaving];
  for (var word = 0u; word < STATE_WORDS; word++) {
    slot_objects[lowest * STATE_WORDS + word] = slot_objects[leaving * STATE_WORDS + word];
  }
}
