// Phylogenetic trees (method §4): start with TAXA single leaves, and join two trees under a new root until one tree is left.
//   log R(x) = Σ_patterns weight · (log ¼ Σ_b L_root(b) − origin),   L_node(b) = ∏_children Σ_c P(b, c) L_child(c)
// is the log-likelihood of an alignment, up to a constant, under JC69. P is `same` on the diagonal, else `different` (Felsenstein, Journal of
// Molecular Evolution 17, 1981). Branches are equal, or their lengths are chosen from BINS bins: before each join, first the length of the
// branch to the tree in the smaller slot, then that to the other. Before the last join only one is chosen, for the two branches at the root are
// one. The lengths come first so that a forest still tells by which action it can be undone. With PARSIMONY it is
//   log R(x) = (C − M(x))/T,   M(x) the least number of changes along the branches (Fitch, Systematic Zoology 20, 1971).
//
// A tree is in the slot of its smallest leaf, so joining the trees in slots i < j empties slot j for good. A forest is described by three
// facts for every leaf j: whether it was joined into another slot, into which one, and its rank among the joins into that slot.
// State: word j has the number of joins into slot j (bits 0–5), and if j was joined, its rank (6–11), slot (12–17), a flag (18) and the lengths of
// the branches to the slot's subtree (19–24) and to j's (25–30). The last word counts all joins (0–5), and has the lengths that are chosen for the
// next one (6–11, 12–17). A length is the number of its bin from 1 on, and 0 where there is none.

import constants::{TAXA, PATTERNS, PARSIMONY, BINS, STATE_WORDS, FEATURES};

// environment_data: for each length from 0 to BINS different, same − different (with PARSIMONY C, 1/T), and with BINS the log of its prior
// probability; for each of PATTERNS its weight, its origin as e and r of e log 2 + r, and the leaves' sets of bases, 4 bits each and 6 per float; then,
// if forests are enumerated, [TAXA + 1][TAXA + 1] the number of forests on all leaves that grow from k leaves in r trees.
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const LEAVES = u32(TAXA);
const PAIRS = LEAVES * (LEAVES - 1u) / 2u;
const JOINS = STATE_WORDS - 1u;
const SIX_BITS = 63u;
const RANK = 6u;
const SLOT = 12u;
const JOINED = 1u << 18u;
const LENGTHS = 19u;
const CHOSEN = 6u;

const BRANCH_STRIDE = select(2u, 3u, BINS > 0);
const PER_FLOAT = 6u;
const PATTERN_START = (u32(BINS) + 1u) * BRANCH_STRIDE;
const PATTERN_STRIDE = 3u + (LEAVES + PER_FLOAT - 1u) / PER_FLOAT;
const GROWN_START = PATTERN_START + u32(PATTERNS) * PATTERN_STRIDE;

fn initial_state() -> State {
  return State();
}

fn joins(state: State) -> u32 {
  return state[JOINS] & SIX_BITS;
}

fn is_terminal(state: State) -> bool {
  return joins(state) == LEAVES - 1u;
}

// The lengths that are chosen for the next join.
fn chosen(state: State) -> vec2u {
  return (vec2u(state[JOINS]) >> vec2u(CHOSEN, 2u * CHOSEN)) & vec2u(SIX_BITS);
}

// Whether the next action is a length. `chosen` starts with zeros: a length is missing where as many joins have none.
fn needs_length(state: State) -> bool {
  let lengths = chosen(state);
  return BINS > 0 && (lengths.x == 0u || (lengths.y == 0u && joins(state) < LEAVES - 2u));
}

// The lengths of the branches that a joined leaf's join made.
fn lengths_of(state: State, leaf: u32) -> vec2u {
  return (vec2u(state[leaf]) >> vec2u(LENGTHS, LENGTHS + CHOSEN)) & vec2u(SIX_BITS);
}

fn is_joined(state: State, leaf: u32) -> bool {
  return (state[leaf] & JOINED) != 0u;
}

fn joins_into(state: State, slot: u32) -> u32 {
  return state[slot] & SIX_BITS;
}

fn rank_of(state: State, leaf: u32) -> u32 {
  return (state[leaf] >> RANK) & SIX_BITS;
}

fn slot_of(state: State, leaf: u32) -> u32 {
  return (state[leaf] >> SLOT) & SIX_BITS;
}

// Action j(j−1)/2 + i joins the trees in slots i < j. Integer comparisons correct the rounding of the square root.
fn pair_of(action: u32) -> vec2u {
  var j = u32(0.5 * (1.0 + sqrt(f32(8u * action + 1u))));
  if (j * (j - 1u) / 2u > action) {
    j -= 1u;
  }
  if (j * (j + 1u) / 2u <= action) {
    j += 1u;
  }
  return vec2u(action - j * (j - 1u) / 2u, j);
}

fn action_of(i: u32, j: u32) -> u32 {
  return j * (j - 1u) / 2u + i;
}

fn is_allowed(state: State, action: u32) -> bool {
  if (BINS > 0 && (action >= PAIRS) != needs_length(state)) {
    return false;
  }
  if (action >= PAIRS) {
    return true;
  }
  let pair = pair_of(action);
  return ((state[pair.x] | state[pair.y]) & JOINED) == 0u;
}

// Action PAIRS + b chooses the length of bin b.
fn apply(state: State, action: u32) -> State {
  var next = state;
  if (action >= PAIRS) {
    next[JOINS] |= (action - PAIRS + 1u) << select(2u * CHOSEN, CHOSEN, chosen(state).x == 0u);
    return next;
  }
  let pair = pair_of(action);
  if (BINS > 0) {
    let lengths = chosen(state);
    next[pair.y] |= (lengths.x << LENGTHS) | (lengths.y << (LENGTHS + CHOSEN));
    next[JOINS] &= SIX_BITS;
  }
  next[pair.y] |= JOINED | (pair.x << SLOT) | (joins_into(state, pair.x) << RANK);
  next[pair.x] += 1u;
  next[JOINS] += 1u;
  return next;
}

// A join can be undone if it is the last one into its slot and that slot was not joined into another. A chosen length is undone first.
fn is_undoable(state: State, action: u32) -> bool {
  let lengths = chosen(state);
  if (BINS > 0 && (lengths.x > 0u || action >= PAIRS)) {
    return lengths.x > 0u && action + 1u == PAIRS + select(lengths.y, lengths.x, lengths.y == 0u);
  }
  let pair = pair_of(action);
  return is_joined(state, pair.y) && slot_of(state, pair.y) == pair.x && !is_joined(state, pair.x)
    && rank_of(state, pair.y) + 1u == joins_into(state, pair.x);
}

fn undo(state: State, action: u32) -> State {
  var previous = state;
  if (action >= PAIRS) {
    previous[JOINS] &= select((1u << (2u * CHOSEN)) - 1u, SIX_BITS, chosen(state).y == 0u);
    return previous;
  }
  let pair = pair_of(action);
  if (BINS > 0) {
    let lengths = lengths_of(state, pair.y);
    previous[JOINS] |= (lengths.x << CHOSEN) | (lengths.y << (2u * CHOSEN));
  }
  previous[pair.y] &= SIX_BITS;
  previous[pair.x] -= 1u;
  previous[JOINS] -= 1u;
  return previous;
}

// The number of trees with more than one leaf: the root of each can be undone.
fn parent_count(state: State) -> u32 {
  if (BINS > 0 && chosen(state).x > 0u) {
    return 1u;
  }
  var count = 0u;
  for (var slot = 0u; slot < LEAVES; slot++) {
    count += select(0u, 1u, (state[slot] & JOINED) == 0u && joins_into(state, slot) > 0u);
  }
  return count;
}

// The depth: number of actions from the initial state.
fn level(state: State) -> u32 {
  if (BINS == 0) {
    return joins(state);
  }
  let lengths = chosen(state);
  return 3u * joins(state) + select(0u, 1u, lengths.x > 0u) + select(0u, 1u, lengths.y > 0u) - select(0u, 1u, is_terminal(state));
}

// Features: for each joined leaf, 1 at the number of the action that joined it; then one-hot ranks, LEAVES − 1 values for each leaf
// from 1 on. With BINS then the lengths under each join, as number / 64, two values for each leaf from 1 on; then the two chosen lengths,
// one-hot, BINS values each.
const RANKS = (LEAVES - 1u) * (LEAVES - 1u);
const LENGTHS_START = PAIRS + RANKS;
const CHOSEN_START = LENGTHS_START + 2u * (LEAVES - 1u);
const EACH = max(u32(BINS), 1u);

fn feature(state: State, k: u32) -> f32 {
  if (BINS > 0 && k >= CHOSEN_START) {
    let n = k - CHOSEN_START;
    return select(0.0, 1.0, chosen(state)[n / EACH] == n % EACH + 1u);
  }
  if (BINS > 0 && k >= LENGTHS_START) {
    let n = k - LENGTHS_START;
    return f32(lengths_of(state, n / 2u + 1u)[n % 2u]) / 64.0;
  }
  if (k < PAIRS) {
    let pair = pair_of(k);
    return select(0.0, 1.0, is_joined(state, pair.y) && slot_of(state, pair.y) == pair.x);
  }
  let leaf = (k - PAIRS) / (LEAVES - 1u) + 1u;
  return select(0.0, 1.0, is_joined(state, leaf) && rank_of(state, leaf) == (k - PAIRS) % (LEAVES - 1u));
}

// The first non-zero feature at or after `start`, or FEATURES.
fn next_feature(state: State, start: u32) -> u32 {
  if (start < PAIRS) {
    for (var leaf = pair_of(start).y; leaf < LEAVES; leaf++) {
      let k = action_of(slot_of(state, leaf), leaf);
      if (is_joined(state, leaf) && k >= start) {
        return k;
      }
    }
  }
  let rest = max(start, PAIRS) - PAIRS;
  for (var leaf = rest / (LEAVES - 1u) + 1u; leaf < LEAVES; leaf++) {
    let k = (leaf - 1u) * (LEAVES - 1u) + rank_of(state, leaf);
    if (is_joined(state, leaf) && k >= rest) {
      return PAIRS + k;
    }
  }
  if (BINS > 0) {
    for (var n = max(start, LENGTHS_START) - LENGTHS_START; n < 2u * (LEAVES - 1u); n++) {
      if (lengths_of(state, n / 2u + 1u)[n % 2u] > 0u) {
        return LENGTHS_START + n;
      }
    }
    for (var which = 0u; which < 2u; which++) {
      let k = CHOSEN_START + which * EACH + chosen(state)[which] - 1u;
      if (chosen(state)[which] > 0u && k >= start) {
        return k;
      }
    }
  }
  return FEATURES;
}

// A tree's joins, as slot + 64 · leaf, ordered so that the joins of a subtree come before the join that uses it. Slots descend, because a
// tree that was joined into a slot has a larger smallest leaf; within a slot, joins are ordered by rank.
fn join_order(state: State) -> array<u32, LEAVES> {
  var start = array<u32, LEAVES>();
  var total = 0u;
  for (var slot = LEAVES; slot > 0u; slot--) {
    start[slot - 1u] = total;
    total += joins_into(state, slot - 1u);
  }
  var order = array<u32, LEAVES>();
  for (var leaf = 1u; leaf < LEAVES; leaf++) {
    if (is_joined(state, leaf)) {
      let slot = slot_of(state, leaf);
      order[start[slot] + rank_of(state, leaf)] = slot + 64u * leaf;
    }
  }
  return order;
}

fn log_reward(state: State) -> f32 {
  if (PARSIMONY == 1) {
    return environment_data[1] * (environment_data[0] - f32(changes(state)));
  }
  return log_likelihood(state);
}

// The bases of a leaf, as bits; `column` is the start of a pattern.
fn bases_of(column: u32, leaf: u32) -> u32 {
  let packed = u32(environment_data[column + 3u + leaf / PER_FLOAT]);
  return (packed >> (leaf % PER_FLOAT * 4u)) & 15u;
}

// The least number of changes: where two subtrees can have the same base at their roots they do, else there is a change.
fn changes(state: State) -> u32 {
  let order = join_order(state);
  var possible: array<u32, LEAVES>;
  var count = 0u;
  for (var pattern = 0u; pattern < PATTERNS; pattern++) {
    let column = PATTERN_START + pattern * PATTERN_STRIDE;
    for (var leaf = 0u; leaf < LEAVES; leaf++) {
      possible[leaf] = bases_of(column, leaf);
    }
    for (var n = 0u; n < joins(state); n++) {
      let slot = order[n] % 64u;
      let leaf = order[n] / 64u;
      let both = possible[slot] & possible[leaf];
      count += select(0u, u32(environment_data[column]), both == 0u);
      possible[slot] = select(both, possible[slot] | possible[leaf], both == 0u);
    }
  }
  return count;
}

// Partials are rescaled by powers of two. Integers sum the exponents, and floats sum only the logarithms of the rescaled numbers near 1.
// Each pattern's log-likelihood is relative to its origin, that of one reference tree, so log R is small if trees are similar.
fn log_likelihood(state: State) -> f32 {
  let order = join_order(state);
  var partials: array<vec4f, LEAVES>;
  var exponents = 0i;
  var rest = 0.0;
  for (var pattern = 0u; pattern < PATTERNS; pattern++) {
    let column = PATTERN_START + pattern * PATTERN_STRIDE;
    for (var leaf = 0u; leaf < LEAVES; leaf++) {
      partials[leaf] = vec4f((vec4u(bases_of(column, leaf)) >> vec4u(0u, 1u, 2u, 3u)) & vec4u(1u));
    }
    var exponent = 0i;
    for (var n = 0u; n < joins(state); n++) {
      let slot = order[n] % 64u;
      let leaf = order[n] / 64u;
      let a = partials[slot];
      let b = partials[leaf];
      let lengths = lengths_of(state, leaf);
      let product = along(a, lengths.x) * along(b, lengths.y);
      let bits = exponent_of(max(max(product.x, product.y), max(product.z, product.w)));
      partials[slot] = product * bitcast<f32>(u32(127 - bits) << 23u);
      exponent += bits;
    }
    let sum = 0.25 * dot(partials[0], vec4f(1.0));
    let weight = environment_data[column];
    exponents += i32(weight) * (exponent - i32(environment_data[column + 1u]));
    rest += weight * (log(sum) - environment_data[column + 2u]);
  }
  if (BINS > 0) {
    for (var leaf = 1u; leaf < LEAVES; leaf++) {
      let lengths = lengths_of(state, leaf);
      rest += environment_data[lengths.x * BRANCH_STRIDE + 2u] + environment_data[lengths.y * BRANCH_STRIDE + 2u];
    }
  }
  // log 2 = 11/16 + .0056…, split so that the product of exponents with the large part is exact.
  return 0.6875 * f32(exponents) + (0.005647180559945309 * f32(exponents) + rest);
}

// The probabilities of all below a branch, for each base at its upper end, from those at its lower end.
fn along(below: vec4f, length: u32) -> vec4f {
  let different = environment_data[length * BRANCH_STRIDE];
  let stays = environment_data[length * BRANCH_STRIDE + 1u];
  return different * dot(below, vec4f(1.0)) + stays * below;
}

// The exponent e with 2^e ≤ x < 2^(e+1), for a normal float x > 0.
fn exponent_of(x: f32) -> i32 {
  return i32(bitcast<u32>(x) >> 23u) - 127;
}

// Enumeration: a forest grows leaf by leaf. Leaf k stays alone, or joins slot i < k with rank r, from 0 to the number of joins into i so
// far: 1 + 2k − (number of trees) choices. Forests are ordered by the choice of leaf 1, then of leaf 2, and so on.
fn grown(leaves: u32, trees: u32) -> u32 {
  return u32(environment_data[GROWN_START + leaves * (LEAVES + 1u) + trees]);
}

fn state_at(index: u32) -> State {
  var state = State();
  var rest = index;
  for (var leaf = 1u; leaf < LEAVES; leaf++) {
    let trees = leaf - joins(state);
    let alone = grown(leaf + 1u, trees + 1u);
    if (rest >= alone) {
      let each = grown(leaf + 1u, trees);
      var choice = (rest - alone) / each;
      rest = (rest - alone) % each;
      var slot = 0u;
      while (choice > joins_into(state, slot)) {
        choice -= joins_into(state, slot) + 1u;
        slot += 1u;
      }
      for (var other = slot + 1u; other < leaf; other++) {
        if (is_joined(state, other) && slot_of(state, other) == slot && rank_of(state, other) >= choice) {
          state[other] += 1u << RANK;
        }
      }
      state[leaf] |= JOINED | (slot << SLOT) | (choice << RANK);
      state[slot] += 1u;
      state[JOINS] += 1u;
    }
  }
  return state;
}

// Removes the leaves one by one, the largest first, and adds up the indices of their choices.
fn state_index(state: State) -> u32 {
  var left = state;
  var index = 0u;
  for (var leaf = LEAVES - 1u; leaf > 0u; leaf--) {
    if (is_joined(left, leaf)) {
      let slot = slot_of(left, leaf);
      let rank = rank_of(left, leaf);
      left[slot] -= 1u;
      left[JOINS] -= 1u;
      var choice = rank;
      for (var other = 0u; other < slot; other++) {
        choice += joins_into(left, other) + 1u;
      }
      for (var other = slot + 1u; other < leaf; other++) {
        if (is_joined(left, other) && slot_of(left, other) == slot && rank_of(left, other) > rank) {
          left[other] -= 1u << RANK;
        }
      }
      let trees = leaf - left[JOINS];
      index += grown(leaf + 1u, trees + 1u) + choice * grown(leaf + 1u, trees);
    }
  }
  return index;
}
