// Directed acyclic graphs (method §4): from the empty graph add edges i → j that close no cycle, or stop.
//   log R(G) = Σ_j local(j, parents of j), each local score less that of its child in the best graph
// State: the low half of word i has the children of node i as bits, the high half the descendants of i (the transitive closure, so that
// the mask is one bit test). The last word is the stop flag.

import constants::{VARIABLES, DAGS, STATE_WORDS, FEATURES};

// environment_data: [VARIABLES][2^VARIABLES] local scores by child and bits of its parents; then, if DAGs are enumerated, [DAGS] graph
// numbers in increasing order. They are whole numbers below 2^20, which f32 represents exactly.
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const NODES = u32(VARIABLES);
const STOP = NODES * NODES;
const STOPPED = STATE_WORDS - 1u;
const LOW = 0xffffu;
const DAG_NUMBERS = NODES << NODES;

fn initial_state() -> State {
  return State();
}

fn is_terminal(state: State) -> bool {
  return state[STOPPED] == 1u;
}

fn children(state: State, node: u32) -> u32 {
  return state[node] & LOW;
}

fn has_child(state: State, node: u32, child: u32) -> bool {
  return ((state[node] >> child) & 1u) == 1u;
}

fn has_descendant(state: State, node: u32, descendant: u32) -> bool {
  return ((state[node] >> (16u + descendant)) & 1u) == 1u;
}

// Action i·NODES + j adds i → j.
fn is_allowed(state: State, action: u32) -> bool {
  if (action == STOP) {
    return true;
  }
  let i = action / NODES;
  let j = action % NODES;
  return i != j && !has_child(state, i, j) && !has_descendant(state, j, i);
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
  next[i] |= 1u << j;
  let gained = (state[j] & ~LOW) | (1u << (16u + j));
  for (var node = 0u; node < NODES; node++) {
    if (node == i || has_descendant(state, node, i)) {
      next[node] |= gained;
    }
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
  previous[action / NODES] &= ~(1u << (action % NODES));
  return with_closure(previous);
}

// Computes descendants from children by Warshall's algorithm.
fn with_closure(state: State) -> State {
  var closed = state;
  for (var node = 0u; node < NODES; node++) {
    closed[node] = children(state, node) * 0x10001u;
  }
  for (var through = 0u; through < NODES; through++) {
    for (var node = 0u; node < NODES; node++) {
      if (has_descendant(closed, node, through)) {
        closed[node] |= closed[through] & ~LOW;
      }
    }
  }
  return closed;
}

fn edge_count(state: State) -> u32 {
  var count = 0u;
  for (var node = 0u; node < NODES; node++) {
    count += countOneBits(children(state, node));
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
    let bits = children(state, node) & (LOW << first);
    if (bits != 0u) {
      return node * NODES + lowest_one(bits);
    }
  }
  return FEATURES;
}

fn log_reward(state: State) -> f32 {
  var sum = 0.0;
  for (var child = 0u; child < NODES; child++) {
    var parents = 0u;
    for (var node = 0u; node < NODES; node++) {
      parents |= ((state[node] >> child) & 1u) << node;
    }
    sum += environment_data[(child << NODES) + parents];
  }
  return sum;
}

// A graph's number (up to 5 nodes): its adjacency matrix without the diagonal as bits, NODES − 1 for each node.
fn graph_number(state: State) -> u32 {
  var number = 0u;
  for (var node = 0u; node < NODES; node++) {
    let below = (1u << node) - 1u;
    let bits = (state[node] & below) | ((children(state, node) >> 1u) & ~below);
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

// The position of the lowest 1 of bits that are not all 0, in fewer instructions than firstTrailingBit, which compilers have to emulate.
fn lowest_one(bits: u32) -> u32 {
  return countOneBits(~bits & (bits - 1u));
}
