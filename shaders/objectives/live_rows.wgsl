// Compaction: lists the rows of the batch's real transitions, in the order of trajectories. A trajectory of length n has the rows
// [trajectory · ROWS, trajectory · ROWS + n) of its replica, and with a learned p_B (ROWS = HORIZON + 1) one more. With `flow_rows` it has those
// of balance/flow_rows.wgsl.

import constants::{BATCH, HORIZON, LANES, ROWS};
@if(flow_rows) import package::harness::rows_of;
import package::objectives::batch::{Range, live_rows, trajectories};
import package::tensor::lanes::count_lanes;

// The number of rows of one trajectory.
@if(!flow_rows)
fn rows_of(index: u32) -> u32 {
  return u32(trajectories[index].length) + ROWS - HORIZON;
}

// The part of a range that a lane lists. Neighbouring lanes have neighbouring parts.
fn part_of(range: Range, lane: u32) -> Range {
  let share = (range.end - range.first + LANES - 1u) / LANES;
  return Range(range.first + lane * share, min(range.first + (lane + 1u) * share, range.end));
}

fn rows_in(part: Range) -> u32 {
  var rows = 0u;
  for (var n = part.first; n < part.end; n++) {
    rows += rows_of(n);
  }
  return rows;
}

// Lists the rows of a range of a replica's trajectories, after the `before` rows of those in front of it. Returns how many they are.
fn compact(replica: u32, range: Range, before: u32, lane: u32) -> u32 {
  let part = part_of(range, lane);
  let count = count_lanes(lane, rows_in(part));
  var at = replica * BATCH * ROWS + before + count.before;
  for (var n = part.first; n < part.end; n++) {
    let length = rows_of(n);
    for (var time = 0u; time < length; time++) {
      live_rows[at + time] = (n - replica * BATCH) * ROWS + time;
    }
    at += length;
  }
  return count.total;
}
