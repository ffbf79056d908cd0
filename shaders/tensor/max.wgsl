// max x, as a reduction: a state, its identity, one element more, two states in one, and the result.
struct State { max: f32 }
alias Result = f32;

fn identity() -> State { return State(-3.4028234e38); }
fn absorb(state: State, x: f32, first: f32) -> State { return State(max(state.max, x)); }
fn combine(a: State, b: State) -> State { return State(max(a.max, b.max)); }
fn finish(state: State, first: f32) -> Result { return state.max; }
