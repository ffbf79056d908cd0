// Facts about the whole batch that a residual may use.

struct BatchFacts {
  log_z: f32,            // the learned log Z
  mean_log_weight: f32,  // mean of log R + b − s over the batch
  transitions: f32,      // number of transitions in the mean over them; without stops where log F(s) = log R(s) − log p_F(stop | s)
}
