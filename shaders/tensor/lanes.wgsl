// Sums, maxima and running counts over the LANES lanes of a workgroup, in a fixed order. Every lane gets the result. LANES is a multiple of 4,
// and from 64 on of 16.
//
// Two levels instead of a tree of halvings: every barrier costs software rasterisers a fraction of a second of compilation. For them the
// first loop starts at the lane, so that no compiler unrolls it. A GPU has more groups, unrolls both levels, and its lanes read neighbours.
//
// `software`: the adapter is a software rasteriser.

import constants::LANES;
import package::tensor::finite::max_or_nan;

@if(software) const GROUPS = 4u;
@if(!software) const GROUPS = select(4u, 16u, LANES >= 64u);
const GROUP = LANES / GROUPS;

var<workgroup> lanes: array<vec4f, LANES>;
var<workgroup> groups: array<vec4f, GROUPS>;
var<workgroup> counts: array<u32, LANES>;
@if(!software) var<workgroup> group_counts: array<u32, GROUPS>;

fn sum_lanes(lane: u32, value: vec4f) -> vec4f {
  lanes[lane] = value;
  workgroupBarrier();
  if (lane < GROUPS) {
    var group = vec4f();
    @if(software) for (var i = lane * GROUP; i < (lane + 1u) * GROUP; i++) {
      group += lanes[i];
    }
    @if(!software) for (var i = 0u; i < GROUP; i++) {
      group += lanes[i * GROUPS + lane];
    }
    groups[lane] = group;
  }
  workgroupBarrier();
  var sum = groups[0];
  for (var i = 1u; i < GROUPS; i++) {
    sum += groups[i];
  }
  return sum;
}

// A NaN of one lane is the result.
fn max_lanes(lane: u32, value: f32) -> f32 {
  lanes[lane].x = value;
  workgroupBarrier();
  if (lane < GROUPS) {
    @if(software) var group = lanes[lane * GROUP].x;
    @if(!software) var group = lanes[lane].x;
    @if(software) for (var i = lane * GROUP; i < (lane + 1u) * GROUP; i++) {
      group = max_or_nan(group, lanes[i].x);
    }
    @if(!software) for (var i = 1u; i < GROUP; i++) {
      group = max_or_nan(group, lanes[i * GROUPS + lane].x);
    }
    groups[lane].x = group;
  }
  workgroupBarrier();
  var highest = groups[0].x;
  for (var i = 1u; i < GROUPS; i++) {
    highest = max_or_nan(highest, groups[i].x);
  }
  return highest;
}

struct RunningCount {
  before: u32,  // the sum over all lanes before this one
  total: u32,
}

// Two calls need a barrier between them.
fn count_lanes(lane: u32, own: u32) -> RunningCount {
  var count = RunningCount();
  counts[lane] = own;
  workgroupBarrier();
  @if(software) for (var i = 0u; i < LANES; i++) {
    count.before += select(0u, counts[i], i < lane);
    count.total += counts[i];
  }
  @if(!software) {
    if (lane < GROUPS) {
      var group = 0u;
      for (var i = 0u; i < GROUP; i++) {
        group += counts[lane * GROUP + i];
      }
      group_counts[lane] = group;
    }
    workgroupBarrier();
    for (var i = 0u; i < GROUPS; i++) {
      count.before += select(0u, group_counts[i], i < lane / GROUP);
      count.total += group_counts[i];
    }
    for (var i = 0u; i < GROUP; i++) {
      count.before += select(0u, counts[lane / GROUP * GROUP + i], i < lane % GROUP);
    }
  }
  return count;
}
