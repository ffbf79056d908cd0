// What the lanes of a subgroup load for each other (`subgroups`): values that all of them read, each loaded by one.
// Lanes follow one another in a subgroup as they do in a workgroup, and a workgroup is whole subgroups of at least SHARED.

@if(subgroups) import constants::SUBGROUP;

@if(subgroups) enable subgroups;

// Lanes that load.
const SHARED = 8u;

// As many lanes, and what completes the last subgroup.
fn whole_subgroups(lanes: u32) -> u32 {
  @if(subgroups) return (lanes + SUBGROUP - 1u) / SUBGROUP * SUBGROUP;
  @else return lanes;
}

// Whether a subgroup's lanes agree on the way here is theirs to see to; the compiler cannot know.
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

// The same of one component each: the first lane's is x of the first vector, the last lane's w of the second.
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
