// Σ x, as a reduction: a state, its identity, one element more, two states in one, those of all lanes in one, and the result.
import package::tensor::lanes::sum_lanes;

struct State { sum: f32 }
alias Result = f32;

fn identity() -> State { return State(0.0); }
fn absorb(state: State, x: f32, first: f32) -> State { return State(state.sum + x); }
fn combine(a: State, b: State) -> State { return State(a.sum + b.sum); }
fn across_lanes(own: State, lane: u32) -> State { return State(sum_lanes(lane, vec4f(own.sum)).x); }
fn finish(state: State, first: f32) -> Result { return state.sum; }
