// The range of trajectories that a dispatch processes, and the address of their records. The range is the whole batch, unless the records
// exceed one binding. Then (`sections`) the batch is split into sections, each with its own binding and dispatch.

import constants::{BATCH, ROWS, ROW4, SECTION};

@if(sections)
struct Section {
  first: u32,  // trajectories [first, end) of every replica; SECTION of them, fewer in the last section
  end: u32,
}

@if(sections) @group(0) @binding(12) var<uniform> section: Section;

fn section_first() -> u32 {
  @if(sections) return section.first;
  @else return 0u;
}

fn section_end() -> u32 {
  @if(sections) return section.end;
  @else return BATCH;
}

// Start of the record of evaluation = trajectory · ROWS + time, in the layout [replica][trajectory of the section][ROWS][ROW4].
fn record_start(replica: u32, evaluation: u32) -> u32 {
  return ((replica * SECTION - section_first()) * ROWS + evaluation) * ROW4;
}

// The inverse of record_start: the evaluation's index over all replicas, in the order [replica][trajectory][ROWS].
fn evaluation_at(replica: u32, start: u32) -> u32 {
  return start / ROW4 + (replica * (BATCH - SECTION) + section_first()) * ROWS;
}
