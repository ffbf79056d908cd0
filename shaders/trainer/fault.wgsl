// What breaks a replica: the first of its numbers that is not finite. A broken replica is trained no further; its weights,
// moments and log Z stay what they were before, all of them finite, and the other replicas go on.

import package::objectives::records::LogZ;
import package::sampler::records::Trajectory;
import package::tensor::finite::is_finite;

const LOG_REWARD = 1u;
const LOG_PROBABILITY = 2u;
const LOSS = 3u;
const GRADIENT = 4u;

struct Fault {
  quantity: u32,  // 0 while all is well, else one of the above
  step: u32,      // the step that met it
  stopped: u32,   // whether `quantity` was known before this step's update
  unused: u32,
  log_z: LogZ,    // after the last step whose batch was sound
  before: LogZ,   // one step earlier: that step's gradient is known later
}

// What is wrong with a trajectory, if anything: a policy that is broken leads to states whose reward means nothing.
fn quantity_of(t: Trajectory) -> u32 {
  if (!is_finite(t.log_forward) || !is_finite(t.log_backward)) {
    return LOG_PROBABILITY;
  }
  return select(LOG_REWARD, 0u, is_finite(t.log_reward));
}

// Whether log Z and its moments are finite. The square of a slope of g can overflow where g does not.
fn is_sound(log_z: LogZ) -> bool {
  return is_finite(log_z.value) && is_finite(log_z.first_moment) && is_finite(log_z.second_moment);
}
