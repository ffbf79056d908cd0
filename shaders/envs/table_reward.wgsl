// A reward from a table by object: a hash table with open addressing. A slot holds a state, each word as its upper and lower 16 bits (numbers
// that a float32 holds exactly), and log R; in an empty slot log R is EMPTY or more.
//
// reward_data: log R of all objects that the table lacks, then REWARD_SLOTS slots

import constants::{REWARD_SLOTS, STATE_WORDS};
import package::environment::State;
import package::reward_data::reward_data;
import package::tensor::hash::{FIRST_HASH, mixed, next_hash};

const SLOT = 2u * STATE_WORDS + 1u;
const EMPTY = 1e38;

fn log_reward(state: State) -> f32 {
  let first = hash_of(state) % REWARD_SLOTS;
  for (var probe = 0u; probe < REWARD_SLOTS; probe++) {
    let start = 1u + ((first + probe) % REWARD_SLOTS) * SLOT;
    let value = reward_data(start + SLOT - 1u);
    if (value >= EMPTY) {
      break;
    }
    if (holds(start, state)) {
      return value;
    }
  }
  return reward_data(0u);
}

fn holds(start: u32, state: State) -> bool {
  var same = true;
  for (var word = 0u; word < STATE_WORDS; word++) {
    let at = start + 2u * word;
    same = same && u32(reward_data(at)) == state[word] >> 16u && u32(reward_data(at + 1u)) == (state[word] & 0xffffu);
  }
  return same;
}

fn hash_of(state: State) -> u32 {
  var hash = FIRST_HASH;
  for (var word = 0u; word < STATE_WORDS; word++) {
    hash = next_hash(hash, state[word]);
  }
  return mixed(hash);
}
