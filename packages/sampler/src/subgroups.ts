import type { Device } from "@webgfn/tensor";

/** `lanes`, rounded up to whole subgroups where kernels let the lanes of a subgroup load for each other. */
export function wholeSubgroups({ subgroupSize }: Device, lanes: number): number {
  const size = Math.max(1, subgroupSize);
  return Math.ceil(lanes / size) * size;
}
