// Head of policies over one real coordinate: a mixture of Gaussians (method §4),
//   p(x) = Σ_k w_k N(x; μ_k, σ_k),  w = softmax(logits),  σ_k = LOWEST_SCALE + (HIGHEST_SCALE − LOWEST_SCALE)·sigmoid(r_k).
// It is a module `package::head` (see categorical.wgsl for its functions). An action is one word, the bits of x as an f32.
//
// Outputs: COMPONENTS logits, then COMPONENTS means μ, then COMPONENTS raw scales r. Bounded scales keep the density
// bounded: without a lowest scale, forward KL can grow a spike on a single sample.

import constants::{COMPONENTS, HIGHEST_SCALE, LOWEST_SCALE};
import package::environment::{State, exploration_range};
import package::sampler::dense::activations;
import package::tensor::choice::{Choice, consider};
import package::tensor::finite::{infinity, is_finite};
import package::tensor::random::uniform01;

const TAU = 6.283185307179586;
const HALF_LOG_TAU = 0.9189385332046727;

struct Distribution {
  start: u32,      // index of the first output vec4 in `activations`
  zero: u32,
  highest: f32,    // largest logit
  total: f32,      // Σ exp(logit − highest)
  range: vec2f,    // interval from which `explore` draws
}

fn output(distribution: Distribution, k: u32) -> f32 {
  return activations[distribution.start + k / 4u][k % 4u];
}

// exp(logit − highest) of a component
fn exponential(distribution: Distribution, component: u32) -> f32 {
  return exp(output(distribution, component) - distribution.highest);
}

fn location(distribution: Distribution, component: u32) -> f32 {
  return output(distribution, COMPONENTS + component);
}

// (σ, dσ/dr)
fn bounded_scale(distribution: Distribution, component: u32) -> vec2f {
  let width = f32(HIGHEST_SCALE) - f32(LOWEST_SCALE);
  let sigmoid = 1.0 / (1.0 + exp(-clamp(output(distribution, 2u * COMPONENTS + component), -80.0, 80.0)));
  return vec2f(f32(LOWEST_SCALE) + width * sigmoid, width * sigmoid * (1.0 - sigmoid));
}

fn prepare(state: State, slot: u32, start: u32, vectors: u32, backward: bool, zero: u32) -> Distribution {
  var distribution = Distribution(start, zero, -1e30, 0.0, exploration_range(state));
  for (var k = 0u; k < COMPONENTS + zero; k++) {
    distribution.highest = max(distribution.highest, output(distribution, k));
  }
  for (var k = 0u; k < COMPONENTS + zero; k++) {
    distribution.total += exponential(distribution, k);
  }
  // clamp and max would hide an output that has overflowed: log p(x) becomes −∞ instead.
  for (var k = 0u; k < 3u * COMPONENTS + zero; k++) {
    if (!is_finite(output(distribution, k))) {
      distribution.total = infinity(zero);
    }
  }
  return distribution;
}

// log (w_k N(x; μ_k, σ_k)) without the constant −log(total·√τ), which is the same for all components
fn log_term(distribution: Distribution, component: u32, x: f32) -> f32 {
  let scale = bounded_scale(distribution, component).x;
  let z = (x - location(distribution, component)) / scale;
  return output(distribution, component) - distribution.highest - log(scale) - 0.5 * z * z;
}

// log Σ_k exp(log_term), shifted by the largest term
fn log_sum(distribution: Distribution, x: f32) -> f32 {
  var highest = -1e30;
  for (var k = 0u; k < COMPONENTS + distribution.zero; k++) {
    highest = max(highest, log_term(distribution, k, x));
  }
  var sum = 0.0;
  for (var k = 0u; k < COMPONENTS + distribution.zero; k++) {
    sum += exp(log_term(distribution, k, x) - highest);
  }
  return highest + log(sum);
}

// log density of the coordinate
fn log_probability(distribution: Distribution, action: u32) -> f32 {
  return log_sum(distribution, bitcast<f32>(action)) - log(distribution.total) - HALF_LOG_TAU;
}

// Samples a component (choice.wgsl), then a normal number by the Box–Muller transform of the words z and w. The word y has already
// decided against exploring.
fn sample(distribution: Distribution, words: vec4u, zero: u32) -> u32 {
  var choice = Choice(uniform01(words.x) * distribution.total, 0.0, 0u, false);
  for (var k = 0u; k < COMPONENTS + zero; k++) {
    choice = consider(choice, exponential(distribution, k), k);
  }
  let normal = sqrt(-2.0 * log(uniform01(words.z))) * cos(TAU * uniform01(words.w));
  return bitcast<u32>(location(distribution, choice.index) + bounded_scale(distribution, choice.index).x * normal);
}

// A uniform number from the environment's exploration range.
fn explore(distribution: Distribution, words: vec4u, zero: u32) -> u32 {
  return bitcast<u32>(mix(distribution.range.x, distribution.range.y, uniform01(words.z)));
}

// Gradient of log p(x) with respect to the j-th vec4 of the outputs. With ρ_k the share of component k in p(x):
//   ∂/∂logit_k = ρ_k − w_k,  ∂/∂μ_k = ρ_k (x − μ_k)/σ_k²,  ∂/∂r_k = ρ_k ((x − μ_k)²/σ_k² − 1)/σ_k · dσ_k/dr_k.
fn score(distribution: Distribution, action: u32, j: u32) -> vec4f {
  let x = bitcast<f32>(action);
  let whole = log_sum(distribution, x);
  var gradient = vec4f();
  for (var i = 0u; i < 4u + distribution.zero; i++) {
    let k = 4u * j + i;
    if (k < 3u * COMPONENTS) {
      gradient[i] = output_score(distribution, x, whole, k);
    }
  }
  return gradient;
}

fn output_score(distribution: Distribution, x: f32, whole: f32, k: u32) -> f32 {
  let component = k % COMPONENTS;
  let share = exp(log_term(distribution, component, x) - whole);
  if (k < COMPONENTS) {
    return share - exponential(distribution, component) / distribution.total;
  }
  let scale = bounded_scale(distribution, component);
  let z = (x - location(distribution, component)) / scale.x;
  if (k < 2u * COMPONENTS) {
    return share * z / scale.x;
  }
  return share * (z * z - 1.0) / scale.x * scale.y;
}
