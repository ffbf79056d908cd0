// A batch that workgroups share: each takes a chunk of CHUNK trajectories. The objective is then a few dispatches, one for each sum over the
// batch. A dispatch writes its part of the sum into the chunk's record, and every workgroup of the next ones adds up all CHUNKS records,
// one per lane, in the same fixed order. CHUNKS is at most LANES.
//
// large/summaries.wgsl comes first. A divergence goes on with highest, terms, coefficients and divergence; a balance loss with residuals and
// balance. The last has one workgroup per replica, the others one per chunk.

import constants::{BATCH, CHUNK, CHUNKS};
import package::objectives::batch::Range;
import package::objectives::records::Chunk;
import package::objectives::summary::Summary;
import package::tensor::lanes::{RunningCount, count_lanes, max_lanes, sum_lanes};

@group(0) @binding(8) var<storage, read_write> chunks: array<Chunk>;  // [replica][CHUNKS]

fn range_of(replica: u32, chunk: u32) -> Range {
  return Range(replica * BATCH + chunk * CHUNK, replica * BATCH + min((chunk + 1u) * CHUNK, BATCH));
}

// The record that a lane adds up: the chunk's of its number. Lanes beyond the last chunk get its record, too, which `size_of` then leaves out.
fn record_of(replica: u32, lane: u32) -> Chunk {
  return chunks[replica * CHUNKS + min(lane, CHUNKS - 1u)];
}

// Number of trajectories in the chunk of a lane's number, 0 beyond the last.
fn size_of(lane: u32) -> f32 {
  return f32(min((lane + 1u) * CHUNK, BATCH) - min(lane * CHUNK, BATCH));
}

// The summary of the batch from those of its chunks.
fn summary_of_chunks(replica: u32, lane: u32) -> Summary {
  let own = record_of(replica, lane);
  let size = size_of(lane);
  let means = sum_lanes(lane, size * vec4f(own.mean, own.mean_log_reward, own.mean_length, 0.0)) / f32(BATCH);
  let top = max_lanes(lane, own.log_mean_exp);
  let deviation = own.mean - means.x;
  let share = exp(own.log_mean_exp - top);
  let spread = vec4f(own.variance + deviation * deviation, share, share * share / own.effective_share, 0.0);
  let spreads = sum_lanes(lane, size * spread) / f32(BATCH);
  return Summary(means.x, spreads.x, top + log(spreads.y), means.y, means.z, spreads.y * spreads.y / spreads.z);
}

// Rows of real transitions in the chunks before `chunk`, and in all.
fn rows_of_chunks(replica: u32, chunk: u32, lane: u32) -> RunningCount {
  let own = select(0u, record_of(replica, lane).live_rows, lane < CHUNKS);
  let total = count_lanes(lane, own).total;
  workgroupBarrier();
  return RunningCount(count_lanes(lane, select(0u, own, lane < chunk)).total, total);
}

fn highest_of_chunks(replica: u32, lane: u32) -> f32 {
  return max_lanes(lane, record_of(replica, lane).highest);
}

fn sums_of_chunks(replica: u32, lane: u32) -> vec2f {
  let own = record_of(replica, lane).sums;
  return sum_lanes(lane, vec4f(select(vec2f(), own, lane < CHUNKS), 0.0, 0.0)).xy;
}
