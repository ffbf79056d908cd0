// Bindings of the objective kernels, the trajectories that a workgroup takes, what an objective sees of each, and its log weight.

import constants::BATCH;
import package::objectives::records::{LogZ, Metrics, Outcome};
import package::sampler::records::Trajectory;
import package::sampler::replica::{Replica, annealed};

@group(0) @binding(0) var<storage, read> replicas: array<Replica>;
@group(0) @binding(1) var<storage, read> trajectories: array<Trajectory>;   // [replica][BATCH]
@group(0) @binding(2) var<storage, read_write> coefficients: array<vec2f>;  // [replica][BATCH]: channels U and S; with a flow, [replica][BATCH · ROWS]
@group(0) @binding(3) var<storage, read_write> live_rows: array<u32>;       // [replica][BATCH · ROWS]
@group(0) @binding(4) var<storage, read_write> outcomes: array<Outcome>;    // [replica]
@group(0) @binding(5) var<storage, read_write> log_z: array<LogZ>;          // [replica]
@group(0) @binding(6) var<storage, read_write> metrics: array<Metrics>;     // [replica]

// Trajectories [first, end), counted over all replicas.
struct Range {
  first: u32,
  end: u32,
}

fn whole_batch(replica: u32) -> Range {
  return Range(replica * BATCH, (replica + 1u) * BATCH);
}

// Trajectory n with log R of this step's target, R^β. The record keeps log R itself, for replay buffers, metrics and the search for faults.
fn annealed_trajectory(n: u32, settings: Replica) -> Trajectory {
  var t = trajectories[n];
  t.log_reward = annealed(t.log_reward, settings);
  return t;
}

// log R + b − s: log of the importance weight R(x) p_B(τ|x) / p_F(τ).
fn log_weight(t: Trajectory) -> f32 {
  return t.log_reward + t.log_backward - t.log_forward;
}
