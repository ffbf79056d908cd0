// What passes between the rollout, the objectives and the optimiser: one record per trajectory, or per replica.

struct Trajectory {
  log_forward: f32,   // s
  log_backward: f32,  // b
  log_reward: f32,    // log R
  length: f32,
}

// One transition s → s′.
struct Transition {
  log_forward: f32,   // log p_F(s′ | s)
  log_backward: f32,  // log p_B(s | s′)
  log_flow: f32,      // log F(s), in units of r̄
  unused: f32,
}

// How the gradient channels U and S combine, for the control variate; see estimators/control_variate.wgsl.
struct Outcome {
  live_rows: u32,       // real transitions of this batch
  step: u32,            // the step that this batch belongs to
  scale: f32,           // the divergence's scale
  mean: f32,            // f̄
  gradient_terms: vec2f, // (κ_f, κ_1): ∇f = (κ_f f + κ_1) ∇s
  unused: vec2f,
}

struct Metrics {
  loss: f32,
  mean_log_weight: f32,     // mean of log R + b − s: the ELBO of log Z
  variance_log_weight: f32,
  log_mean_weight: f32,     // log mean exp(log R + b − s): importance estimate of log Z
  mean_log_reward: f32,
  mean_length: f32,
  log_z: f32,
  finite: f32,              // 1 while every quantity so far was finite, else 0
}

struct LogZ {
  value: f32,
  first_moment: f32,
  second_moment: f32,
  unused: f32,
}
