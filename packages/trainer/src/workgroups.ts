import type { Network } from "@webgfn/sampler";
import { wholeSubgroups } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";

/** Invocations of the kernels that do one thing per parameter or trajectory. */
export const LANES = 64;
/** vec4s of inputs and columns per invocation of the weight gradient. Lanes of a subgroup that load for each other share their inputs. */
export function weightBlock({ subgroupSize }: Device): { INPUTS4: number; COLUMNS: number } {
  return subgroupSize > 0 ? { INPUTS4: 4, COLUMNS: 1 } : { INPUTS4: 1, COLUMNS: 2 };
}

export function groups(items: number, lanes: number): number {
  return Math.ceil(items / lanes);
}

/**
 * Workgroups that share the parameters of a replica in reduction and update. Every reduction workgroup writes partial scalar
 * products, and every update workgroup sums all of them, so keep the count small on software adapters.
 */
export function parameterGroups({ isSoftware }: Device, { parameters4 }: Network): number {
  return Math.min(groups(parameters4, LANES), isSoftware ? 32 : 512);
}

/** Rows of the tiles of the backward pass, at most. */
export function backwardRows({ backward, rowsPerTrajectory }: Network, trajectories: number): number {
  return backward.unit === "trajectory" ? trajectories : trajectories * rowsPerTrajectory;
}

/** Workgroups of the fused backward pass over this many trajectories of a replica. */
export function backwardWorkgroups(network: Network, trajectories: number, tile: number): number {
  return groups(backwardRows(network, trajectories), tile);
}

/** Blocks of the weights' gradient; see `jobs` in `shaders/trainer/weight_gradient.wgsl`. */
export function weightJobs(device: Device, { layers }: Network): number {
  const { INPUTS4, COLUMNS } = weightBlock(device);
  return layers.reduce((sum, { in4, out4 }) => sum + groups(Math.max(in4, 1), INPUTS4) * wholeSubgroups(device, groups(out4, COLUMNS)), 0);
}
