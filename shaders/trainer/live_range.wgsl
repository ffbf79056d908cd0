// The real transitions of a section, in the list that the objective has made (objectives/live_rows.wgsl).

import constants::{BATCH, ROWS};
import package::objectives::records::Outcome;
import package::sampler::section::{section_end, section_first};

@group(0) @binding(2) var<storage, read> live_rows: array<u32>;     // [replica][BATCH · ROWS]
@group(0) @binding(3) var<storage, read> outcomes: array<Outcome>;  // [replica]

// They are entries [x, y) of the replica's list.
fn live_range(replica: u32) -> vec2u {
  @if(sections) return vec2u(first_from(replica, section_first() * ROWS), first_from(replica, section_end() * ROWS));
  @else return vec2u(0u, outcomes[replica].live_rows);
}

// The first entry that is `evaluation` or beyond. The list ascends.
@if(sections)
fn first_from(replica: u32, evaluation: u32) -> u32 {
  var low = 0u;
  var high = outcomes[replica].live_rows;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (live_rows[replica * BATCH * ROWS + middle] < evaluation) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  return low;
}
