// Directed acyclic graphs (method §4): from the empty graph add edges i → j that close no cycle, or stop.
//   log R(G) = Σ_j local(j, parents of j), each local score less a constant of its child
// State: a row of bits for each node, its children first and its descendants behind them (the transitive closure, so that the mask is one bit
// test). Up to 16 nodes share a word: children in the low half, descendants in the high half. Then, where a node may not have all others as
// parents, the set of nodes that have MOST_PARENTS. The last word is the stop flag.

import constants::{VARIABLES, MOST_PARENTS, PARENT_SETS, DAGS, STATE_WORDS, FEATURES};
import package::bit_set::{has_bit, lowest_one};

// environment_data: how sets of parents are numbered, smaller sets first, as [VARIABLES][MOST_PARENTS + 1] binomial coefficients and
// [MOST_PARENTS + 1] numbers of the first set of a size; [VARIABLES][PARENT_SETS] local scores; then, if DAGs are enumerated, [DAGS] graph
// numbers in increasing order. All numbers are whole and below 2^24, which f32 represents exactly.
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const NODES = u32(VARIABLES);
const STOP = NODES * NODES;
const STOPPED = STATE_WORDS - 1u;
const LOW = 0xffffu;
const PACKED = NODES <= 16u;
// Words of a set of nodes.
const SET_WORDS = (NODES + 31u) / 32u;
// Words of a node's row, the bit at which its descendants begin, and the word of that bit.
const ROW = select(2u * SET_WORDS, 1u, PACKED);
const DESCENDANTS = select(32u * SET_WORDS, 16u, PACKED);
const FIRST_DESCENDANT_WORD = DESCENDANTS / 32u;
// The bits of children in a word, and of descendants.
const CHILD_BITS = select(0xffffffffu, LOW, PACKED);
const DESCENDANT_BITS = select(0xffffffffu, ~LOW, PACKED);
const LIMITED = u32(MOST_PARENTS) + 1u < NODES;
const FULL = NODES * ROW;
const SIZES = u32(MOST_PARENTS) + 1u;
const FIRST_SETS = NODES * SIZES;
const SCORES = FIRST_SETS + SIZES;
const DAG_NUMBERS = SCORES + NODES * u32(PARENT_SETS);

fn initial_state() -> State {
  return State();
}

fn is_terminal(state: State) -> bool {
  return state[STOPPED] == 1u;
}

fn row_bit(state: State, node: u32, bit: u32) -> bool {
  return has_bit(state, node * ROW, bit);
}

fn has_child(state: State, node: u32, child: u32) -> bool {
  return row_bit(state, node, child);
}

fn has_descendant(state: State, node: u32, descendant: u32) -> bool {
  return row_bit(state, node, DESCENDANTS + descendant);
}

// Whether a node has all the parents that it may have.
fn is_full(state: State, node: u32) -> bool {
  if (LIMITED) {
    return row_bit(state, NODES, node);
  }
  return false;
}

// Action i·NODES + j adds i → j.
fn is_allowed(state: State, action: u32) -> bool {
  if (action == STOP) {
    return true;
  }
  let i = action / NODES;
  let j = action % NODES;
  return i != j && !has_child(state, i, j) && !has_descendant(state, j, i) && !is_full(state, j);
}

// An edge i → j adds j and its descendants to the descendants of i and of all ancestors of i.
fn apply(state: State, action: u32) -> State {
  var next = state;
  if (action == STOP) {
    next[STOPPED] = 1u;
    return next;
  }
  let i = action / NODES;
  let j = action % NODES;
  next[i * ROW + j / 32u] |= 1u << (j % 32u);
  let own = DESCENDANTS + j;
  for (var word = FIRST_DESCENDANT_WORD; word < ROW; word++) {
    let gained = (state[j * ROW + word] & DESCENDANT_BITS) | select(0u, 1u << (own % 32u), word == own / 32u);
    for (var node = 0u; node < NODES; node++) {
      if (node == i || has_descendant(state, node, i)) {
        next[node * ROW + word] |= gained;
      }
    }
  }
  if (LIMITED) {
    next = with_full(next, j);
  }
  return next;
}

fn is_undoable(state: State, action: u32) -> bool {
  if (is_terminal(state) || action == STOP) {
    return is_terminal(state) && action == STOP;
  }
  return has_child(state, action / NODES, action % NODES);
}

// Other paths may still connect the nodes of a removed edge, so recompute the closure.
fn undo(state: State, action: u32) -> State {
  var previous = state;
  if (action == STOP) {
    previous[STOPPED] = 0u;
    return previous;
  }
  let j = action % NODES;
  previous[(action / NODES) * ROW + j / 32u] &= ~(1u << (j % 32u));
  if (LIMITED) {
    previous[FULL + j / 32u] &= ~(1u << (j % 32u));
  }
  return with_closure(previous);
}

// Marks a node that has MOST_PARENTS parents now.
fn with_full(state: State, node: u32) -> State {
  var marked = state;
  var parents = 0u;
  for (var other = 0u; other < NODES; other++) {
    parents += u32(has_child(state, other, node));
  }
  if (parents == u32(MOST_PARENTS)) {
    marked[FULL + node / 32u] |= 1u << (node % 32u);
  }
  return marked;
}

// Computes descendants from children by Warshall's algorithm.
fn with_closure(state: State) -> State {
  var closed = state;
  for (var node = 0u; node < NODES; node++) {
    if (PACKED) {
      closed[node] = (state[node] & LOW) * 0x10001u;
    } else {
      for (var word = 0u; word < SET_WORDS; word++) {
        closed[node * ROW + SET_WORDS + word] = state[node * ROW + word];
      }
    }
  }
  for (var through = 0u; through < NODES; through++) {
    for (var node = 0u; node < NODES; node++) {
      if (has_descendant(closed, node, through)) {
        for (var word = FIRST_DESCENDANT_WORD; word < ROW; word++) {
          closed[node * ROW + word] |= closed[through * ROW + word] & DESCENDANT_BITS;
        }
      }
    }
  }
  return closed;
}

fn edge_count(state: State) -> u32 {
  var count = 0u;
  for (var node = 0u; node < NODES; node++) {
    for (var word = 0u; word < SET_WORDS; word++) {
      count += countOneBits(state[node * ROW + word] & CHILD_BITS);
    }
  }
  return count;
}

fn parent_count(state: State) -> u32 {
  if (is_terminal(state)) {
    return 1u;
  }
  return edge_count(state);
}

// The depth: number of actions from the initial state.
fn level(state: State) -> u32 {
  return edge_count(state) + state[STOPPED];
}

// Features: the adjacency matrix; feature i·NODES + j is 1 where i → j.
fn feature(state: State, k: u32) -> f32 {
  return select(0.0, 1.0, has_child(state, k / NODES, k % NODES));
}

// The first non-zero feature at or after `start`, or FEATURES.
fn next_feature(state: State, start: u32) -> u32 {
  for (var node = start / NODES; node < NODES; node++) {
    let first = select(0u, start % NODES, node == start / NODES);
    for (var word = first / 32u; word < SET_WORDS; word++) {
      let lowest = select(0u, first % 32u, word == first / 32u);
      let bits = state[node * ROW + word] & CHILD_BITS & (0xffffffffu << lowest);
      if (bits != 0u) {
        return node * NODES + 32u * word + lowest_one(bits);
      }
    }
  }
  return FEATURES;
}

fn log_reward(state: State) -> f32 {
  var sum = 0.0;
  for (var child = 0u; child < NODES; child++) {
    sum += environment_data[SCORES + child * u32(PARENT_SETS) + parents_number(state, child)];
  }
  return sum;
}

// The number of a node's set of parents, p₁ < p₂ < … among the other nodes: the first of that size, and Σ_i C(p_i, i).
fn parents_number(state: State, child: u32) -> u32 {
  var size = 0u;
  var number = 0u;
  for (var node = 0u; node < NODES; node++) {
    if (has_child(state, node, child)) {
      size++;
      number += u32(environment_data[(node - u32(node > child)) * SIZES + size]);
    }
  }
  return number + u32(environment_data[FIRST_SETS + size]);
}

// A graph's number (up to 5 nodes): its adjacency matrix without the diagonal as bits, NODES − 1 for each node.
fn graph_number(state: State) -> u32 {
  var number = 0u;
  for (var node = 0u; node < NODES; node++) {
    let below = (1u << node) - 1u;
    let bits = (state[node] & below) | (((state[node] & LOW) >> 1u) & ~below);
    number |= bits << (node * (NODES - 1u));
  }
  return number;
}

// Enumeration: DAGs by increasing number, then their stopped copies.
fn state_at(index: u32) -> State {
  var state = State();
  let number = u32(environment_data[DAG_NUMBERS + index % DAGS]);
  for (var node = 0u; node < NODES; node++) {
    let bits = (number >> (node * (NODES - 1u))) & ((1u << (NODES - 1u)) - 1u);
    let below = (1u << node) - 1u;
    state[node] = (bits & below) | ((bits & ~below) << 1u);
  }
  if (LIMITED) {
    for (var node = 0u; node < NODES; node++) {
      state = with_full(state, node);
    }
  }
  state[STOPPED] = index / DAGS;
  return with_closure(state);
}

fn state_index(state: State) -> u32 {
  let number = f32(graph_number(state));
  // Binary search for the last entry that is at most this graph's number.
  var low = 0u;
  var high = u32(DAGS);
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (environment_data[DAG_NUMBERS + middle] <= number) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return state[STOPPED] * DAGS + low;
}
