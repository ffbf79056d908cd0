// Shared loads within a subgroup (`subgroups`): where all lanes read the same SHARED values, each of the first SHARED lanes loads
// one of them and broadcasts it. Requires workgroups of whole subgroups of at least SHARED lanes, in the order of the lanes.

@if(subgroups) import constants::SUBGROUP;

@if(subgroups) enable subgroups;

// Number of lanes that load.
const SHARED = 8u;

// `lanes`, rounded up to whole subgroups.
fn whole_subgroups(lanes: u32) -> u32 {
  @if(subgroups) return (lanes + SUBGROUP - 1u) / SUBGROUP * SUBGROUP;
  @else return lanes;
}

// The values that the first SHARED lanes loaded. All lanes of the subgroup must call this together; the compiler cannot check that.
@diagnostic(off, subgroup_uniformity)
fn of_lanes(mine: vec4f) -> array<vec4f, SHARED> {
  return array<vec4f, SHARED>(
    subgroupBroadcast(mine, 0u),
    subgroupBroadcast(mine, 1u),
    subgroupBroadcast(mine, 2u),
    subgroupBroadcast(mine, 3u),
    subgroupBroadcast(mine, 4u),
    subgroupBroadcast(mine, 5u),
    subgroupBroadcast(mine, 6u),
    subgroupBroadcast(mine, 7u),
  );
}

// The same for one component per lane: the first lane's becomes x of the first vector, the last lane's w of the second.
@diagnostic(off, subgroup_uniformity)
fn components_of_lanes(mine: f32) -> mat2x4f {
  return mat2x4f(
    subgroupBroadcast(mine, 0u),
    subgroupBroadcast(mine, 1u),
    subgroupBroadcast(mine, 2u),
    subgroupBroadcast(mine, 3u),
    subgroupBroadcast(mine, 4u),
    subgroupBroadcast(mine, 5u),
    subgroupBroadcast(mine, 6u),
    subgroupBroadcast(mine, 7u),
  );
}
