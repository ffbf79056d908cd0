// (mean, Σ (x − mean)² / count), as a reduction (see sum.wgsl) by Welford's update and the pairwise rule of Chan, Golub and LeVeque
// ("Algorithms for computing the sample variance", The American Statistician 37, 1983).
// Elements are taken relative to the row's first, so that a large common offset costs no digits; were the first far from
// all others, then the variance itself would be large.
import package::tensor::lanes::sum_lanes;

struct State { count: f32, mean: f32, squares: f32 }
alias Result = vec2f;

fn identity() -> State { return State(0.0, 0.0, 0.0); }

fn absorb(state: State, x: f32, first: f32) -> State {
  let count = state.count + 1.0;
  let delta = (x - first) - state.mean;
  let mean = state.mean + delta / count;
  return State(count, mean, state.squares + delta * ((x - first) - mean));
}

fn combine(a: State, b: State) -> State {
  let count = a.count + b.count;
  let share = b.count / max(count, 1.0);
  let delta = b.mean - a.mean;
  return State(count, a.mean + delta * share, a.squares + b.squares + delta * delta * a.count * share);
}

fn across_lanes(own: State, lane: u32) -> State {
  let totals = sum_lanes(lane, vec4f(own.count, own.count * own.mean, 0.0, 0.0));
  let mean = totals.y / max(totals.x, 1.0);
  let delta = own.mean - mean;
  return State(totals.x, mean, sum_lanes(lane, vec4f(own.squares + own.count * delta * delta)).x);
}

fn finish(state: State, first: f32) -> Result { return vec2f(first + state.mean, state.squares / state.count); }
