import type { Network } from "@webgfn/sampler";
import type { Device } from "@webgfn/tensor";

/** Invocations of the kernels that do one thing per parameter or trajectory. */
export const LANES = 64;
/** Columns (vec4s) per invocation of the weight gradient. */
export const COLUMNS = 2;

export function groups(items: number, lanes: number): number {
  return Math.ceil(items / lanes);
}

/**
 * Workgroups that share the parameters of a replica in reduction and update. Each of the first leaves its scalar products, and
 * each of the second adds all of those up, for which many are a waste on a software adapter.
 */
export function parameterGroups({ isSoftware }: Device, { parameters4 }: Network): number {
  return Math.min(groups(parameters4, LANES), isSoftware ? 32 : 512);
}

/** Rows that the backward pass visits: an MLP's are independent of each other; a graph's nodes follow one another. */
export function backwardRows({ policy, rowsPerTrajectory }: Network, trajectories: number): number {
  return policy.name === "gin" ? trajectories : trajectories * rowsPerTrajectory;
}

/** Workgroups of the fused backward pass over this many trajectories of a replica. */
export function backwardWorkgroups(network: Network, trajectories: number, tile: number): number {
  return groups(backwardRows(network, trajectories), tile);
}

/** Blocks of the weights' gradient. */
export function weightJobs({ layers }: Network): number {
  return layers.reduce((sum, layer) => sum + (layer.in4 + 1) * groups(layer.out4, COLUMNS), 0);
}
