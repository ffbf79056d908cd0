// Batched rollout, all time steps in one dispatch: s = Σ_t log p_F(s_{t+1} | s_t), b = Σ_t log p_B(s_t | s_{t+1}), log R(x).
//
// A workgroup runs a share of the trajectories of one replica in a tile of TILE slots. Slot i runs the trajectories i, i + TILE, … of the share
// one after another, so that a new trajectory takes the slot of an ended one, and ended trajectories cost nothing.
//
// The number of trajectories comes from the buffers and that of workgroups from the dispatch: without records, one kernel serves batches of
// every size, and drivers compile it once.
//
// Conditions:
//   replay            reads the actions from `actions` instead of sampling them
//   guided            does so for the first actions of a trajectory, whose number the `log_reward` of its record holds before
//   record            stores the policy's evaluations for the backward pass
//   learned_backward  takes log p_B from the network, and so also evaluates it at the terminal state
//   flow              stores every transition with log F(s), an output of the network; with `partial_reward` log R(s) is added to it, and
//                     with `stop_flow` log F(s) is log R(s) − log p_F(stop | s) instead
//   spread            on GPUs: all lanes of the workgroup prepare the rows' distributions together
//   wide              rows of many actions: all lanes of the workgroup prepare the distributions, and record the scores
//   graph             the policy reads its own records; without `record`, the next trajectory of a slot overwrites them. The LEAD evaluations
//                     before the first action are the same for all trajectories: the slots share them, and every trajectory gets a copy

import constants::{TILE, LANES, ROWS, ROW4, WEIGHTS4};
import package::environment::initial_state;
import package::policy::{LEAD, begin, evaluate, outputs_start};
import package::sampler::replica::Replica;
import package::sampler::rows::{row_address, states, IDLE};
@if(graph) import package::sampler::rows::rows;
@if(record) import package::sampler::section::record_start;
@if(sections) import package::sampler::section::{section_end, section_first};
@if(spread) import package::sampler::spread::prepare_rows;
import package::sampler::walk::{Place, Walk, advance, finish, trajectories};
@if(wide) import package::sampler::wide::prepare_segments;
@if(wide && record) import package::sampler::wide::record_scores;

@group(0) @binding(2) var<storage, read> replicas: array<Replica>;

var<workgroup> running: u32;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let replica = group.y;
  let settings = replicas[replica];
  let zero = settings.zero;
  let batch = arrayLength(&trajectories) / groups.y;
  @if(sections) let range = vec2u(section_first(), section_end());
  @if(!sections) let range = vec2u(0u, batch);
  // Whole tiles, and as many for every workgroup but the last.
  let tiles = (range.y - range.x + groups.x * TILE - 1u) / (groups.x * TILE);
  let first = range.x + group.x * tiles * TILE;
  let end = min(first + tiles * TILE, range.y);

  let slots = min(TILE, end - first);
  var led = 0u; // evaluations of LEAD that were made

  // The slot of this lane, if it has one.
  var trajectory = first + lane;
  var row = select(lane, 0u, LEAD == 0u); // the record to write
  var walk = started(replica * batch + min(trajectory, batch - 1u));
  if (lane < TILE) {
    states[lane] = initial_state();
    begin(lane);
    row_address[lane] = select(IDLE, address(group, groups, lane, trajectory, row), trajectory < end && (row < LEAD || LEAD == 0u));
  }
  if (lane == 0u) {
    running = end - first;
  }
  workgroupBarrier();

  while (workgroupUniformLoad(&running) > 0u) {
    @if(graph) copy_lead(group, groups, lane, first, slots);
    evaluate(lane, replica * WEIGHTS4, zero);
    @if(spread) prepare_rows(lane);
    @if(wide) prepare_segments(lane);
    if (led < LEAD) {
      led += slots;
      if (lane < slots) {
        row = select(led + lane, LEAD, led >= LEAD);
        row_address[lane] = select(IDLE, address(group, groups, lane, trajectory, row), row < LEAD || led >= LEAD);
      }
    } else if (lane < TILE && trajectory < end) {
      let place = Place(replica * batch + trajectory, trajectory, lane, outputs_start(lane), row_address[lane]);
      states[lane] = advance(&walk, states[lane], place, settings);
      row += 1u;
      if (walk.ended) {
        finish(walk, replica * batch + trajectory, states[lane], zero);
        trajectory += TILE;
        row = LEAD;
        walk = started(replica * batch + min(trajectory, batch - 1u));
        states[lane] = initial_state();
        begin(lane);
      }
      row_address[lane] = select(IDLE, address(group, groups, lane, trajectory, row), trajectory < end);
    }
    workgroupBarrier();
    @if(wide && record) record_scores(lane);
    if (lane == 0u) {
      running = 0u;
      for (var slot = 0u; slot < TILE; slot++) {
        running += select(0u, 1u, row_address[slot] != IDLE);
      }
    }
  }
}

// The walk of a trajectory; `index` is [replica][trajectory].
fn started(index: u32) -> Walk {
  var walk = Walk();
  @if(guided) {
    walk.given = u32(trajectories[index].log_reward);
  }
  return walk;
}

// Copies the records of the LEAD evaluations to the trajectories that start. Evaluation e was made by slot e % slots.
@if(graph) fn copy_lead(group: vec3u, groups: vec3u, lane: u32, first: u32, slots: u32) {
  for (var slot = 0u; slot < TILE; slot++) {
    let start = row_address[slot];
    if (start != IDLE && (start / ROW4) % ROWS == LEAD) {
      for (var item = lane; item < LEAD * ROW4; item += LANES) {
        let e = item / ROW4;
        let source = address(group, groups, e % slots, first + e % slots, e) + item % ROW4;
        let copy = start - LEAD * ROW4 + item;
        if (copy != source) {
          rows[copy] = rows[source];
        }
      }
    }
  }
  storageBarrier();
}

// Start of a record. Without `record` the layout is [replica][workgroup][slot][ROWS][ROW4].
fn address(group: vec3u, groups: vec3u, slot: u32, trajectory: u32, row: u32) -> u32 {
  @if(record) return record_start(group.y, trajectory * ROWS + row);
  @else return (((group.y * groups.x + group.x) * TILE + slot) * ROWS + row) * ROW4;
}
