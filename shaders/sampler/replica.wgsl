// Settings and step counter of each replica, an independent model. The replica is the leading axis of every buffer.
// packages/sampler/src/replicas.ts parses this declaration, and the host writes the fields by name.

struct Replica {
  seed: vec2u,           // key of the random numbers
  step: u32,             // optimiser steps taken; the update kernel adds 1
  zero: u32,             // always 0, but unknown to the compiler; see `rolled`
  parameters: mat2x4f,   // the objective's numeric parameters, read with the functions of package::parameters
  log_reward_shift: f32, // log r̄ of method §1, subtracted from log R inside exponentials
  exploration: f32,      // ε at the first step: probability of a uniform action instead of the policy's
  learning_rate: f32,
  log_z_rate: f32,
  steps: f32,            // length of the schedule
  decay_power: f32,      // learning rate(step) = rate · (1 − step/steps)^power
  log_z_decay_power: f32,
  exploration_end: f32,  // ε at the last step
  temperature: f32,      // `tempered`: T of the softmax that actions are sampled from
  anneal: f32,           // β at the first step: the objective's target is R^β
  anneal_until: f32,     // progress from which β is 1
}

// What the bound of a loop adds, so that a software driver, which takes seconds to compile an unrolled loop, does not unroll it. A GPU's
// compiler unrolls it, and computes addresses once.
//
// `software`: the adapter is a software rasteriser.
fn rolled(zero: u32) -> u32 {
  @if(software) return zero;
  @else return 0u;
}

// The part of the schedule that is over, from 0 to 1.
fn progress(settings: Replica) -> f32 {
  return min(f32(settings.step) / settings.steps, 1.0);
}

// ε at this step.
fn exploration(settings: Replica) -> f32 {
  return settings.exploration + (settings.exploration_end - settings.exploration) * progress(settings);
}

// β at this step: it rises linearly from `anneal`, and is exactly 1 from `anneal_until` on, or where `anneal` is 1.
fn inverse_temperature(settings: Replica) -> f32 {
  return 1.0 - (1.0 - settings.anneal) * max(1.0 - progress(settings) / settings.anneal_until, 0.0);
}

// log R of this step's target: log r̄ + β (log R − log r̄), and log R itself, to the bit, where β is 1.
fn annealed(log_reward: f32, settings: Replica) -> f32 {
  let beta = inverse_temperature(settings);
  let shift = settings.log_reward_shift;
  return select(shift + beta * (log_reward - shift), log_reward, beta == 1.0);
}
