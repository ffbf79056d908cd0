// Jensen–Shannon divergence, ½ KL(P_F ‖ M) + ½ KL(P_B ‖ M) with M = (P_F + P_B)/2.
// It is E[φ(w)] over p_F with w = p_B R / (p_F Z) and φ(w) = ½ (w log w − (1 + w) log((1 + w)/2)); its gradient is E[f∇s],
//   f = φ(w) − w φ′(w) = −½ log((1 + w)/2).

import package::parameters::log_z;
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;

fn value(t: Trajectory, shifted_exponent: f32, settings: Replica) -> f32 {
  let log_w = t.log_reward - log_z(settings) + t.log_backward - t.log_forward;
  // log(1 + w) where w may be too large for a float.
  return -0.5 * (max(log_w, 0.0) + log(1.0 + exp(-abs(log_w))) - log(2.0));
}

// KL(P_F ‖ M): both halves are zero together.
fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32 {
  return 2.0 * means.x;
}
