// Multiplies the gradients of the outputs by their coefficients, where the objective gives several to one trajectory (`weighted`): to
// log p_F and to a learned log p_B (`learned_backward`), or to every log p_F and log F of its transitions, or each of its rows of flow
// matching (`flow`).
//
// With log F(s) = log R(s) − log p_F(stop | s) (`stop_flow`) a transition s → s′ by action a has the coefficients x of ∇log p_F(a | s) and
// y of ∇log F(s) = −∇log p_F(stop | s). By the outputs of a softmax, ∇log p(a) = onehot(a) − p, so the record of a's score is enough:
//   x ∇log p_F(a | s) − y ∇log p_F(stop | s) = (x − y) ∇log p_F(a | s) − y (onehot(stop) − onehot(a)).
// y − x is the negative derivative of the loss by the residual of the transition that led to s, and so the coefficient of a learned
// log p_B of it.
//
// With `trajectory_likelihood` a learned p_B has the loss −mean log p_B(τ | x) of its own, whatever the objective gives it (Gritsaev et
// al., Optimizing backward policies in GFlowNets via trajectory likelihood maximization, ICLR 2025; method §2, learned backward policies).

import constants::{FORWARD4, ROWS};
@if(trajectory_likelihood) import constants::BATCH;
@if(stop_flow) import constants::{HORIZON, STOP_ACTION};

// `learned_backward`: [replica][trajectory], of ∇s and ∇b. `flow`: [replica][trajectory][ROWS], of ∇log p_F and ∇log F, or of the row's log flow.
@group(0) @binding(5) var<storage, read> coefficients: array<vec2f>;
// [replica][trajectory][time]
@if(stop_flow) @group(0) @binding(6) var<storage, read> actions: array<u32>;

// A vec4 of the gradient with its coefficients, from the recorded score of the action. `evaluation` counts all evaluations of the
// policy: [replica][trajectory][ROWS].
@if(!stop_flow)
fn weighted_score(evaluation: u32, column: u32, score: vec4f) -> vec4f {
  @if(trajectory_likelihood) {
    if (column >= FORWARD4) {
      return -score / f32(BATCH);
    }
  }
  @if(flow) let weight = coefficients[evaluation];
  @else let weight = coefficients[evaluation / ROWS];
  return score * select(weight.y, weight.x, column < FORWARD4);
}

@if(stop_flow)
fn weighted_score(evaluation: u32, column: u32, score: vec4f) -> vec4f {
  let weight = coefficients[evaluation];
  if (column >= FORWARD4) {
    @if(trajectory_likelihood) return -score / f32(BATCH);
    @else return (weight.y - weight.x) * score;
  }
  let action = actions[evaluation / ROWS * HORIZON + min(evaluation % ROWS, HORIZON - 1u)];
  return (weight.x - weight.y) * score - weight.y * (onehot(STOP_ACTION, column) - onehot(action, column));
}

@if(stop_flow)
fn onehot(action: u32, column: u32) -> vec4f {
  return select(vec4f(), vec4f(1.0), vec4u(0u, 1u, 2u, 3u) + 4u * column == vec4u(action));
}
