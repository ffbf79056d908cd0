import type { Network, Tiling } from "@webgfn/sampler";
import { tiling, wholeSubgroups } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import type { StepPlan } from "./step-shape.js";

/** Workgroup size of kernels with one invocation per parameter or per trajectory. */
export const LANES = 64;
/** Size of the block of weights per invocation of the weight gradient: vec4s of inputs, and columns. With subgroups, lanes share loads. */
export function weightBlock({ subgroupSize }: Device): { INPUTS4: number; COLUMNS: number } {
  return subgroupSize > 0 ? { INPUTS4: 4, COLUMNS: 1 } : { INPUTS4: 1, COLUMNS: 2 };
}

/** Number of workgroups of `lanes` invocations for this many items. */
export function groups(items: number, lanes: number): number {
  return Math.ceil(items / lanes);
}

/**
 * Number of workgroups over the parameters of a replica in reduction and update. Every reduction workgroup writes partial scalar
 * products, and every update workgroup sums all of them, so the count is small on software adapters.
 */
export function parameterGroups({ isSoftware }: Device, { parameters4 }: Network): number {
  return Math.min(groups(parameters4, LANES), isSoftware ? 32 : 512);
}

/** Largest number of tile rows in the fused backward pass over this many trajectories of a replica. */
export function backwardRows({ backward, rowsPerTrajectory }: Network, trajectories: number): number {
  return backward.unit === "trajectory" ? trajectories : trajectories * rowsPerTrajectory;
}

/** The shape of the fused backward pass of a step. */
export function backwardTiling(
  device: Device,
  { environment, network, batch, tilings }: Pick<StepPlan, "environment" | "network" | "batch" | "tilings">,
  replicas: number,
): Tiling {
  return tiling(device, network, environment, { rows: backwardRows(network, batch) * replicas, wanted: tilings?.backward });
}

/** Number of workgroups in the fused backward pass over this many trajectories of a replica. */
export function backwardWorkgroups(network: Network, trajectories: number, tile: number): number {
  return groups(backwardRows(network, trajectories), tile);
}

/** Number of invocations of the weight gradient, one per block; see `jobs` in `shaders/trainer/weight_gradient.wgsl`. */
export function weightJobs(device: Device, { layers }: Network): number {
  const { INPUTS4, COLUMNS } = weightBlock(device);
  return layers.reduce((sum, { in4, out4 }) => sum + groups(Math.max(in4, 1), INPUTS4) * wholeSubgroups(device, groups(out4, COLUMNS)), 0);
}
