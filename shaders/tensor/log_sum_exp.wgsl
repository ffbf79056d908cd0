// log Σ exp(x) = m + log Σ exp(x − m) with m = max x, as a reduction (see sum.wgsl) that raises m as it goes.
// For |x| ≤ 1e30, so that no difference overflows.
import package::tensor::finite::is_finite;
import package::tensor::lanes::{max_lanes, sum_lanes};

struct State { max: f32, sum: f32 }
alias Result = f32;

fn identity() -> State { return State(-3.4028234e38, 0.0); }

// exp(d) for d ≤ 0, and NaN for NaN. Below −87 it is 0 to float32 beside the largest term, 1; implementations differ on what exp gives there.
fn exp_nonpositive(d: f32) -> f32 { return select(exp(d), 0.0, d < -87.0); }

fn absorb(state: State, x: f32, first: f32) -> State {
  let e = exp_nonpositive(-abs(x - state.max));
  if (x > state.max) { return State(x, state.sum * e + 1.0); }
  return State(state.max, state.sum + e);
}

fn combine(a: State, b: State) -> State {
  let e = exp_nonpositive(-abs(a.max - b.max));
  if (b.max > a.max) { return State(b.max, a.sum * e + b.sum); }
  return State(a.max, a.sum + b.sum * e);
}

fn across_lanes(own: State, lane: u32) -> State {
  let highest = max_lanes(lane, own.max);
  return State(highest, sum_lanes(lane, vec4f(own.sum * exp_nonpositive(own.max - highest))).x);
}

// The sum is at least 1 once an element was absorbed; the bound keeps the logarithm finite where none was.
fn finish(state: State, first: f32) -> Result { return state.max + log_of_sum(state.sum); }

// log of a sum of exponentials; NaN for NaN.
fn log_of_sum(sum: f32) -> f32 {
  if (!is_finite(sum)) { return sum; }
  return log(max(sum, 1e-30));
}
