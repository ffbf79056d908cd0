// max x, as a reduction; see sum.wgsl.
import package::tensor::finite::max_or_nan;
import package::tensor::lanes::max_lanes;

struct State { max: f32 }
alias Result = f32;

fn identity() -> State { return State(-3.4028234e38); }
fn absorb(state: State, x: f32, first: f32) -> State { return State(max_or_nan(state.max, x)); }
fn combine(a: State, b: State) -> State { return State(max_or_nan(a.max, b.max)); }
fn across_lanes(own: State, lane: u32) -> State { return State(max_lanes(lane, own.max)); }
fn finish(state: State, first: f32) -> Result { return state.max; }
