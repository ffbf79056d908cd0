// The trajectories that a dispatch takes, and where their records lie. That is the whole batch, unless the records are more
// than one binding may hold (`sections`): then every section has a binding, and a dispatch, of its own.

import constants::{BATCH, ROWS, ROW4, SECTION};

@if(sections)
struct Section {
  first: u32,  // trajectories [first, end) of every replica, SECTION of them but in the last
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

// Start of the record of evaluation trajectory · ROWS + time of a replica: [replica][trajectory of the section][ROWS][ROW4].
fn record_start(replica: u32, evaluation: u32) -> u32 {
  return ((replica * SECTION - section_first()) * ROWS + evaluation) * ROW4;
}

// The evaluation whose record starts there, over all replicas: [replica][trajectory][ROWS].
fn evaluation_at(replica: u32, start: u32) -> u32 {
  return start / ROW4 + (replica * (BATCH - SECTION) + section_first()) * ROWS;
}
