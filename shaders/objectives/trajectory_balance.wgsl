// Trajectory balance:  mean (log Z + s − b − log R)²,  log Z learned (method §2, balance losses).
//   gradient: c_n = 2 d_n / N on ∇s_n, its negative on ∇b_n, and 2 mean d on log Z, which Adam follows with a rate of its own.

import constants::{BATCH, LANES};
import package::objectives::batch::{coefficients, log_weight, log_z, outcomes, replicas, trajectories};
import package::objectives::records::Outcome;
import package::objectives::live_rows::compact;
import package::objectives::summary::{finish_step, summarise};
import package::tensor::lanes::sum_lanes;
import package::trainer::adam::{adam_step, decayed};

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  let settings = replicas[replica];
  let first = replica * BATCH;
  let current = log_z[replica].value;

  var sum = vec4f();
  for (var n = lane; n < BATCH; n += LANES) {
    let d = current - log_weight(trajectories[first + n]);
    sum += vec4f(d, d * d, 0.0, 0.0);
    coefficients[first + n] = vec2f(2.0, -2.0) * d / f32(BATCH);
  }
  let means = sum_lanes(lane, sum) / f32(BATCH);

  let live = compact(replica, lane);
  let summary = summarise(replica, lane);
  if (lane == 0u) {
    var state = log_z[replica];
    let moments = vec2f(state.first_moment, state.second_moment);
    let rate = decayed(settings.log_z_rate, settings.log_z_decay_power, settings.step, settings.steps);
    let update = adam_step(2.0 * means.x, moments, rate, settings.step);
    state.value -= update.x;
    state.first_moment = update.y;
    state.second_moment = update.z;
    log_z[replica] = state;
    outcomes[replica] = Outcome(live, settings.step, 1.0, 0.0, vec2f(), vec2f());
    finish_step(replica, summary, means.y, 1.0);
  }
}
