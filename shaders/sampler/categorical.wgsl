// Head of policies over discrete actions: a masked softmax over the outputs of one row of the tile.
//
// A head is a module `package::head`. It interprets the network's outputs as a distribution over actions, and defines `prepare`,
// `log_probability`, `sample`, `explore` and `score`. An action is one word, here an index.
//
// `spread`: all lanes of the workgroup have masked the logits and computed the exponentials (spread.wgsl).
// `wide`: all lanes have masked the logits and added up the exponentials of segments of the row (wide.wgsl).

import constants::ACTIONS;
import package::environment::{State, is_allowed, is_undoable};
import package::sampler::dense::activations;
import package::sampler::replica::rolled;
@if(spread) import package::sampler::spread::{aside, top_of};
@if(wide) import package::sampler::wide::{SEGMENT, segment_at, segment_end, segment_of_rank, side_of, whole_row};
import package::tensor::finite::{infinity, is_below};
import package::tensor::masked::{LARGEST_LOGIT, MASKED, MASKED_BELOW, masked_exponentials};
import package::tensor::random::uniform01;

struct Distribution {
  start: u32,     // index of the first vec4 of logits in `activations`
  vectors: u32,   // number of vec4s of logits
  highest: f32,   // largest allowed logit
  total: f32,     // Σ exp(logit − highest) over allowed actions
  allowed: u32,   // number of allowed actions
  @if(wide) side: u32,
}

fn exponentials(distribution: Distribution, j: u32) -> vec4f {
  @if(spread) return activations[aside(distribution.start + j)];
  @else return masked_exponentials(activations[distribution.start + j], distribution.highest);
}

// Masks the logits in place, and normalises over the allowed actions, or with `backward` over the actions that can be undone. If an allowed
// logit has overflowed, sets the total to infinity, so that log p is −∞: max and the mask would hide the overflow.
@if(!wide)
fn prepare(state: State, slot: u32, start: u32, vectors: u32, backward: bool, zero: u32) -> Distribution {
  @if(spread) let top = top_of(slot, backward);
  @if(!spread) var top = Top(MASKED, 0u, true);
  @if(!spread) for (var j = 0u; j < vectors + rolled(zero); j++) {
    mask(&top, state, start + j, j, backward);
  }
  var distribution = Distribution(start, vectors, top.highest, 0.0, top.allowed);
  for (var j = 0u; j < vectors + rolled(zero); j++) {
    distribution.total += dot(exponentials(distribution, j), vec4f(1.0));
  }
  if (!top.sound) {
    distribution.total = infinity(zero);
  }
  return distribution;
}

@if(wide)
fn prepare(state: State, slot: u32, start: u32, vectors: u32, backward: bool, zero: u32) -> Distribution {
  let side = side_of(slot, backward);
  let whole = whole_row(side);
  let total = select(infinity(zero), whole.sum, whole.top.sound);
  return Distribution(start, vectors, whole.top.highest, total, whole.top.allowed, side);
}

// What the mask finds in logits.
struct Top {
  highest: f32,  // largest allowed logit
  allowed: u32,  // number of allowed actions
  sound: bool,   // no allowed logit has overflowed
}

// Masks the j-th vec4 of a row's logits in place, at `at` in `activations`.
fn mask(top: ptr<function, Top>, state: State, at: u32, j: u32, backward: bool) {
  var logits = activations[at];
  for (var i = 0u; i < 4u; i++) {
    let action = 4u * j + i;
    if (action < ACTIONS && is_possible(state, action, backward)) {
      top.highest = max(top.highest, logits[i]);
      top.allowed += 1u;
      top.sound = top.sound && is_below(logits[i], LARGEST_LOGIT);
    } else {
      logits[i] = MASKED;
    }
  }
  activations[at] = logits;
}

fn is_possible(state: State, action: u32, backward: bool) -> bool {
  if (backward) {
    return is_undoable(state, action);
  }
  return is_allowed(state, action);
}

fn log_probability(distribution: Distribution, action: u32) -> f32 {
  let logit = activations[distribution.start + action / 4u][action % 4u];
  return logit - distribution.highest - log(distribution.total);
}

// Samples an action by inverse transform sampling with a uniform u: finds the vec4 in which the cumulative sum of exponentials reaches
// u · total, in the summation order of `prepare`, then the action within this vec4.
//
// `tempered`: samples from the softmax of logits/T instead, with T = 1/sharpness. log p stays the policy's own.
fn sample(distribution: Distribution, words: vec4u, zero: u32) -> u32 {
  @if(!tempered) let total = distribution.total;
  @if(tempered) var total = 0.0;
  @if(tempered) {
    for (var j = 0u; j < distribution.vectors + rolled(zero); j++) {
      total += dot(sampling_weights(distribution, j), vec4f(1.0));
    }
  }
  let target_sum = uniform01(words.x) * total;
  var chosen = 0u;
  var found = false;
  // With `wide` it finds the segment first.
  @if(wide && !tempered) let at = segment_at(distribution.side, target_sum);
  @if(wide && !tempered) var cumulative = at.before;
  @if(wide && !tempered) let first = at.segment * SEGMENT;
  @if(wide && !tempered) let end = segment_end(at.segment);
  @if(!wide || tempered) var cumulative = 0.0;
  @if(!wide || tempered) let first = 0u;
  @if(!wide || tempered) let end = distribution.vectors;
  for (var j = first; j < end + rolled(zero); j++) {
    let e = sampling_weights(distribution, j);
    let next = cumulative + dot(e, vec4f(1.0));
    // A vec4 that adds nothing is never chosen. If rounding leaves the last sum short, the last one that added something stands.
    if (!found && next > cumulative) {
      chosen = 4u * j + member(e, target_sum - cumulative);
      found = next >= target_sum;
    }
    cumulative = next;
  }
  return chosen;
}

@if(tempered) var<private> sharpness: f32;

fn sampling_weights(distribution: Distribution, j: u32) -> vec4f {
  @if(tempered) return pow(exponentials(distribution, j), vec4f(sharpness));
  @else return exponentials(distribution, j);
}

// The first index at which the cumulative sum of the vec4 reaches `rest`; the largest entry if rounding leaves the sum below it.
fn member(e: vec4f, rest: f32) -> u32 {
  var sum = 0.0;
  var largest = 0u;
  for (var i = 0u; i < 4u; i++) {
    sum += e[i];
    if (sum >= rest) {
      return i;
    }
    if (e[i] > e[largest]) {
      largest = i;
    }
  }
  return largest;
}

// Samples an allowed action uniformly.
fn explore(distribution: Distribution, words: vec4u, zero: u32) -> u32 {
  let target_rank = min(u32(uniform01(words.z) * f32(distribution.allowed)), distribution.allowed - 1u);
  @if(wide) let at = segment_of_rank(distribution.side, target_rank);
  @if(wide) var rank = at.y;
  @if(wide) let first = 4u * SEGMENT * at.x;
  @if(wide) let end = min(4u * segment_end(at.x), ACTIONS);
  @if(!wide) var rank = 0u;
  @if(!wide) let first = 0u;
  @if(!wide) let end = u32(ACTIONS);
  var chosen = 0u;
  for (var action = first; action < end + rolled(zero); action++) {
    if (activations[distribution.start + action / 4u][action % 4u] > MASKED_BELOW) {
      if (rank == target_rank) {
        chosen = action;
      }
      rank += 1u;
    }
  }
  return chosen;
}

// Gradient of log p(action) with respect to the j-th vec4 of the outputs: onehot(action) − p.
fn score(distribution: Distribution, action: u32, j: u32) -> vec4f {
  let onehot = select(vec4f(), vec4f(1.0), vec4u(0u, 1u, 2u, 3u) + 4u * j == vec4u(action));
  return onehot - exponentials(distribution, j) / distribution.total;
}
