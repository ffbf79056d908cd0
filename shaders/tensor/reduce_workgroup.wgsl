// combine(state of lane 0, …, state of lane 63), in the order of the lanes, known to every lane.
// Two levels of 8 instead of six of 2: barriers are what costs, on software rasterisers above all.
import package::tensor::reduction::{State, combine};

var<workgroup> lane_states: array<State, 64>;

fn reduce_workgroup(own: State, lane: u32) -> State {
  lane_states[lane] = own;
  workgroupBarrier();
  if (lane < 8u) {
    var group = lane_states[8u * lane];
    for (var i = 1u; i < 8u; i++) { group = combine(group, lane_states[8u * lane + i]); }
    lane_states[8u * lane] = group;
  }
  workgroupBarrier();
  var total = lane_states[0];
  for (var i = 1u; i < 8u; i++) { total = combine(total, lane_states[8u * i]); }
  return total;
}
