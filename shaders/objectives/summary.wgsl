// Metrics of a batch. Every objective writes them beside its coefficients.

import constants::LANES;
import package::objectives::batch::{Range, annealed_trajectory, log_weight, log_z, metrics, replicas, trajectories};
import package::objectives::records::Metrics;
import package::sampler::replica::Replica;
import package::tensor::finite::is_finite;
import package::tensor::lanes::{max_lanes, sum_lanes};

// Effective sample size of the batch's importance weights over its size, (Σw)² / (N Σw²), for schedules that follow it.
var<private> effective_share: f32;

// Statistics over a batch, or a part of it. Weights are those of this step's target, R^β; `mean_log_reward` is of log R itself.
struct Summary {
  mean: f32,
  variance: f32,
  log_mean_exp: f32,
  mean_log_reward: f32,
  mean_length: f32,
  effective_share: f32,
}

// All lanes of the workgroup compute the summary of a range of trajectories.
fn summarise(range: Range, lane: u32, settings: Replica) -> Summary {
  let count = f32(range.end - range.first);
  var sums = vec4f();
  var highest = -1e30;
  for (var n = range.first + lane; n < range.end; n += LANES) {
    let t = trajectories[n];
    let weight = log_weight(annealed_trajectory(n, settings));
    sums += vec4f(weight, t.log_reward, t.length, 0.0);
    highest = max(highest, weight);
  }
  let means = sum_lanes(lane, sums) / count;
  let top = max_lanes(lane, highest);
  var spread = vec4f();
  for (var n = range.first + lane; n < range.end; n += LANES) {
    let weight = log_weight(annealed_trajectory(n, settings));
    let share = exp(weight - top);
    spread += vec4f((weight - means.x) * (weight - means.x), share, share * share, 0.0);
  }
  let spreads = sum_lanes(lane, spread) / count;
  return Summary(means.x, spreads.x, top + log(spreads.y), means.y, means.z, spreads.y * spreads.y / spreads.z);
}

// Writes the metrics of the batch. Call it from one lane.
fn write_metrics(replica: u32, summary: Summary, loss: f32, scale: f32) {
  let step = replicas[replica].step;
  let finite = is_finite(loss) && is_finite(scale) && is_finite(summary.mean) && (step == 0u || metrics[replica].finite == 1.0);
  metrics[replica] = Metrics(loss, summary.mean, summary.variance, summary.log_mean_exp, summary.mean_log_reward,
    summary.mean_length, log_z[replica].value, select(0.0, 1.0, finite));
}
