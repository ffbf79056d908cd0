// What distinguishes one replica from another, and where it stands. One entry per replica, leading axis of everything.

struct Replica {
  seed: vec2u,          // key of its random numbers
  step: u32,            // training steps taken; advanced by the objective kernel
  zero: u32,            // always 0, unknown to the compiler: a loop bound plus `zero` is not unrolled
  alpha: f32,           // order of the divergence
  log_reward_shift: f32, // log r̄ of method §1, subtracted from log R inside exponentials
  exploration: f32,     // ε: probability of a uniform action instead of the policy's
  learning_rate: f32,
  log_z_rate: f32,
  steps: f32,           // length of the schedule
  decay_power: f32,     // learning rate(step) = rate · (1 − step/steps)^power
  log_z_decay_power: f32,
}
