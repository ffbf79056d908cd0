import type { Network } from "@webgfn/sampler";
import type { Device } from "@webgfn/tensor";

/** Invocations of the kernels that do one thing per parameter or trajectory. */
export const LANES = 64;
/** vec4s of inputs and columns per invocation of the weight gradient. Lanes that load for each other share their inputs. */
export function weightBlock({ subgroupSize }: Device): { INPUTS4: number; COLUMNS: number } {
  return subgroupSize > 0 ? { INPUTS4: 4, COLUMNS: 1 } : { INPUTS4: 1, COLUMNS: 2 };
}

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

/** Blocks of the weights' gradient; see `jobs` in `shaders/trainer/weight_gradient.wgsl`. */
export function weightJobs(device: Device, { layers }: Network): number {
  const { INPUTS4, COLUMNS } = weightBlock(device);
  return layers.reduce((sum, { in4, out4 }) => sum + groups(Math.max(in4, 1), INPUTS4) * device.wholeSubgroups(groups(out4, COLUMNS)), 0);
}
