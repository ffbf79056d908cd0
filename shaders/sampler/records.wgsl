// The records that a rollout writes. packages/sampler/src/records.ts parses these declarations, and the host reads the fields by name.

// One trajectory τ that ends in the object x.
struct Trajectory {
  log_forward: f32,   // s = log p_F(τ)
  log_backward: f32,  // b = log p_B(τ | x)
  log_reward: f32,    // log R(x)
  length: f32,        // number of actions
}

// One transition s → s′ of a trajectory.
struct Transition {
  log_forward: f32,   // log p_F(s′ | s)
  log_backward: f32,  // log p_B(s | s′)
  log_flow: f32,      // log F(s), in units of r̄: see walk.wgsl
  unused: f32,
}
