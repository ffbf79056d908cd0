// Adam step on a learned log Z, with its own learning rate.

import package::objectives::batch::log_z;
import package::sampler::replica::Replica;
import package::tensor::adam::{DEFAULT_BETAS, DEFAULT_EPSILON, Moments, bias_corrections, decayed_rate, parameter_change, updated_moments};

// `gradient` is the mean of g′(d) over the batch. Call it from one lane.
fn step_log_z(replica: u32, gradient: f32, settings: Replica) {
  var state = log_z[replica];
  let before = Moments(vec4f(state.first_moment), vec4f(state.second_moment));
  let moments = updated_moments(before, vec4f(gradient), DEFAULT_BETAS);
  let rate = decayed_rate(settings.log_z_rate, settings.log_z_decay_power, settings.step, settings.steps);
  state.value -= parameter_change(moments, rate, bias_corrections(settings.step, DEFAULT_BETAS), DEFAULT_EPSILON).x;
  state.first_moment = moments.first.x;
  state.second_moment = moments.second.x;
  log_z[replica] = state;
}
