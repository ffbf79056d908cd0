// Detailed balance:  mean over all transitions of r², r = log F(s′) + log p_B(s | s′) − log F(s) − log p_F(s′ | s), F(x) = R(x)
// (method §2, balance losses; Bengio et al., GFlowNet Foundations, 2023).
//   gradient of r_t² / T: −2 r_t / T on ∇log p_F and ∇log F(s_t), and 2 r_t / T on ∇log F(s_{t+1}).

import constants::{BATCH, LANES, ROWS};
import package::objectives::batch::{coefficients, outcomes, replicas};
import package::objectives::records::Outcome;
import package::objectives::live_rows::compact;
import package::objectives::summary::{finish_step, summarise};
import package::objectives::transitions::{length_of, residual};
import package::tensor::lanes::sum_lanes;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  let settings = replicas[replica];
  let first = replica * BATCH;
  let live = compact(replica, lane);
  let factor = 2.0 / f32(live);
  var sum = vec4f();
  for (var n = first + lane; n < first + BATCH; n += LANES) {
    var before = 0.0;
    for (var time = 0u; time < length_of(n); time++) {
      let r = residual(n, time, settings);
      sum.x += r * r;
      coefficients[n * ROWS + time] = factor * vec2f(-r, before - r);
      before = r;
    }
  }
  let loss = sum_lanes(lane, sum).x / f32(live);
  let summary = summarise(replica, lane);
  if (lane == 0u) {
    outcomes[replica] = Outcome(live, settings.step, 1.0, 0.0, vec2f(), vec2f());
    finish_step(replica, summary, loss, 1.0);
  }
}
