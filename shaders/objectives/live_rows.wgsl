// Compaction: the list of real transitions of the batch, in the order of trajectories. A trajectory of length n owns the
// rows [trajectory · ROWS, trajectory · ROWS + n) of its replica; with a learned p_B (ROWS = HORIZON + 1) one more.

import constants::{BATCH, HORIZON, LANES, ROWS};
import package::objectives::batch::{live_rows, trajectories};

var<workgroup> ends: array<u32, LANES>;

// Writes the list and returns its length.
fn compact(replica: u32, lane: u32) -> u32 {
  var total = 0u;
  for (var chunk = 0u; chunk < BATCH; chunk += LANES) {
    let trajectory = chunk + lane;
    var length = 0u;
    if (trajectory < BATCH) {
      length = u32(trajectories[replica * BATCH + trajectory].length) + ROWS - HORIZON;
    }
    // Inclusive scan of the lengths over the lanes.
    workgroupBarrier();
    ends[lane] = length;
    workgroupBarrier();
    for (var stride = 1u; stride < LANES; stride <<= 1u) {
      var before = 0u;
      if (lane >= stride) {
        before = ends[lane - stride];
      }
      workgroupBarrier();
      ends[lane] += before;
      workgroupBarrier();
    }
    let start = replica * BATCH * ROWS + total + ends[lane] - length;
    for (var time = 0u; time < length; time++) {
      live_rows[start + time] = trajectory * ROWS + time;
    }
    total += workgroupUniformLoad(&ends[LANES - 1u]);
  }
  return total;
}
