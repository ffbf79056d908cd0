// flat = x + y · width: the number of a workgroup in a dispatch that was folded into rows, because one dimension of a
// dispatch holds no more than 65,535 workgroups. The last row may run past the end: kernels check what they get.
fn flat_workgroup(workgroup: vec3u, workgroups: vec3u) -> u32 {
  return workgroup.x + workgroup.y * workgroups.x;
}
