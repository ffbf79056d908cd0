// The rows of flow matching: evaluations of the policy, whose outputs at a state are log of the flows along the edges out of it. For every
// state that a trajectory visits after the initial one there is a row for each edge into the state, evaluated at the parent, and then one for
// the flow out of the state, evaluated there. The terminal state, which comes last, has no such row: its flow is R(x).

struct FlowRow {
  log_flow: f32,  // log of the flow along the edge, or of the flow out of the state, in units of r̄
  action: u32,    // of the edge, or OUTFLOW
  count: u32,     // in the first row of a trajectory: the number of its rows
}

const OUTFLOW = 0xffffffffu;
