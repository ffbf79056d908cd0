// Records shared by objectives, the optimiser and the host, one entry per replica. packages/objectives/src/records.ts parses these
// declarations, and the host reads the fields by name.

// The result of an objective on one batch: how many rows the backward pass visits, and how the gradient channels combine.
struct Outcome {
  live_rows: u32,       // transitions of this batch
  step: u32,            // training step that this batch belongs to, from 0
  scale: f32,           // the divergence's scale
  mean: f32,            // f̄, mean of f over the batch
  gradient_terms: vec2f, // (κ_f, κ_1): ∇f = (κ_f f + κ_1) ∇s
  unused: vec2f,
}

// What one workgroup found in its chunk of a large batch, of CHUNK trajectories or fewer.
struct Chunk {
  mean: f32,             // the chunk's Summary (summary.wgsl)
  variance: f32,
  log_mean_exp: f32,
  mean_log_reward: f32,
  mean_length: f32,
  effective_share: f32,
  live_rows: u32,        // rows of real transitions
  highest: f32,          // largest exponent of a divergence
  sums: vec2f,           // of f and of the terms of the loss, or of g(d) and g′(d)
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

// The learned log Z with its Adam moments.
struct LogZ {
  value: f32,
  first_moment: f32,
  second_moment: f32,
  unused: f32,
}
