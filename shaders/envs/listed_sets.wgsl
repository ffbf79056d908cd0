// Sets that the host has listed, LISTED of them in ascending order of their bits as one number of WORDS words: finds a set by its index, and the
// index of a set by bisection.

import constants::{LISTED, LISTED_START, WORDS};
import package::environment::{State, environment_data};

// A word of a listed set. environment_data has its lower and upper 16 bits, from LISTED_START on.
fn listed_word(index: u32, word: u32) -> u32 {
  let at = LISTED_START + 2u * (index * WORDS + word);
  return u32(environment_data[at]) | (u32(environment_data[at + 1u]) << 16u);
}

// The index of the set in the first WORDS words of a state.
fn listed_index(state: State) -> u32 {
  var low = 0u;
  var high = u32(LISTED);
  while (low < high) {
    let middle = (low + high) / 2u;
    if (is_after(state, middle)) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  return low;
}

fn is_after(state: State, index: u32) -> bool {
  for (var word = u32(WORDS); word > 0u; word--) {
    let listed = listed_word(index, word - 1u);
    if (state[word - 1u] != listed) {
      return state[word - 1u] > listed;
    }
  }
  return false;
}
