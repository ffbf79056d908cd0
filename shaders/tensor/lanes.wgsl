// Sums and maxima over the LANES lanes of a workgroup, in a fixed order. Every lane gets the result. LANES is a multiple of 4.
//
// Two levels instead of a tree of halvings: every barrier costs software rasterisers a fraction of a second of compilation. The
// first loop starts at the lane, so that no compiler unrolls it.

import constants::LANES;
import package::tensor::finite::max_or_nan;

const GROUPS = 4u;
const GROUP = LANES / GROUPS;

var<workgroup> lanes: array<vec4f, LANES>;
var<workgroup> groups: array<vec4f, GROUPS>;

fn sum_lanes(lane: u32, value: vec4f) -> vec4f {
  lanes[lane] = value;
  workgroupBarrier();
  if (lane < GROUPS) {
    var group = vec4f();
    for (var i = lane * GROUP; i < (lane + 1u) * GROUP; i++) {
      group += lanes[i];
    }
    groups[lane] = group;
  }
  workgroupBarrier();
  return groups[0] + groups[1] + groups[2] + groups[3];
}

// Component by component; a NaN of one lane is the result.
fn max_lanes(lane: u32, value: vec4f) -> vec4f {
  lanes[lane] = value;
  workgroupBarrier();
  if (lane < GROUPS) {
    var group = lanes[lane * GROUP];
    for (var i = lane * GROUP; i < (lane + 1u) * GROUP; i++) {
      group = larger(group, lanes[i]);
    }
    groups[lane] = group;
  }
  workgroupBarrier();
  return larger(larger(groups[0], groups[1]), larger(groups[2], groups[3]));
}

fn larger(a: vec4f, b: vec4f) -> vec4f {
  return vec4f(max_or_nan(a.x, b.x), max_or_nan(a.y, b.y), max_or_nan(a.z, b.z), max_or_nan(a.w, b.w));
}
