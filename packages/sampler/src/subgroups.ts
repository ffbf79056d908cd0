import type { Device } from "@webgfn/tensor";

/** `lanes`, rounded up to whole subgroups if the lanes of a subgroup share loads. */
export function wholeSubgroups({ subgroupSize }: Device, lanes: number): number {
  const size = Math.max(1, subgroupSize);
  return Math.ceil(lanes / size) * size;
}
