// The replay buffer: terminal states with their log R, distinct by their words.
//
// It has REPLAY_BUCKETS of REPLAY_WAYS slots. An object belongs to the bucket that its hash names, so that it is found again by looking at REPLAY_WAYS slots. The
// first half of a bucket keeps the newest objects, the second half the best of those that the first half has no room for.

import constants::{REPLAY_AGE, REPLAY_BUCKETS, REPLAY_WAYS};
import package::tensor::hash::mixed;

// Purpose of the random numbers that draw a trajectory to an object, the last word of Philox's counter.
const RETRACE = 3u;

struct Slot {
  log_reward: f32,  // log R(x)
  stamp: u32,       // the step after which x was sampled last, plus 1; 0 in an empty slot
}

const CAPACITY = REPLAY_BUCKETS * REPLAY_WAYS;
// What the best objects of a bucket are kept in.
const BEST = REPLAY_WAYS / 2u;

// The bucket of an object, from the hash of its words.
fn bucket_of(hash: u32) -> u32 {
  return mixed(hash) % REPLAY_BUCKETS;
}

// Weights of REPLAY_CHUNK slots together; see weigh_slots.wgsl.
struct ChunkWeight {
  recency: f32,         // Σ recency
  reward: f32,          // Σ exp(log R − log_reward)
  log_reward: f32,      // largest log R
  unused: f32,
}

// The weight of a slot that is not empty where new objects are preferred; REPLAY_AGE = 0 prefers none.
fn recency(slot: Slot, step: u32) -> f32 {
  if (REPLAY_AGE == 0.0) {
    return 1.0;
  }
  return exp2(-(f32(step + 1u) - f32(slot.stamp)) / REPLAY_AGE);
}
