// Compaction: lists the rows of the batch's real transitions, in the order of trajectories. A trajectory of length n has the rows
// [trajectory · ROWS, trajectory · ROWS + n) of its replica, and with a learned p_B (ROWS = HORIZON + 1) one more.

import constants::{BATCH, HORIZON, LANES, ROWS};
import package::objectives::batch::{live_rows, trajectories};

var<workgroup> totals: array<u32, LANES>;

const SHARE = (BATCH + LANES - 1u) / LANES;

// The number of rows of one trajectory.
fn rows_of(index: u32) -> u32 {
  return u32(trajectories[index].length) + ROWS - HORIZON;
}

// Writes the list and returns its length. Lane l lists the trajectories [l · SHARE, (l + 1) · SHARE).
fn compact(replica: u32, lane: u32) -> u32 {
  let first = replica * BATCH;
  let end = min((lane + 1u) * SHARE, BATCH);
  var own = 0u;
  for (var n = lane * SHARE; n < end; n++) {
    own += rows_of(first + n);
  }
  totals[lane] = own;
  workgroupBarrier();
  var at = first * ROWS;
  var total = 0u;
  for (var i = 0u; i < LANES; i++) {
    at += select(0u, totals[i], i < lane);
    total += totals[i];
  }
  for (var n = lane * SHARE; n < end; n++) {
    let length = rows_of(first + n);
    for (var time = 0u; time < length; time++) {
      live_rows[at + time] = n * ROWS + time;
    }
    at += length;
  }
  return total;
}
