import { type Network, tiling } from "@webgfn/sampler";
import type { Device } from "@webgfn/tensor";
import { backwardRows, partition } from "./partition.js";
import type { StepPlan } from "./step-buffers.js";

/** Invocations of the kernels that do one thing per parameter or trajectory. */
export const LANES = 64;
/** Columns (vec4s) per invocation of the weight gradient. */
export const COLUMNS = 2;

export function groups(items: number, lanes: number): number {
  return Math.ceil(items / lanes);
}

/** The most workgroups in one dimension of any dispatch of a step. */
export function mostWorkgroups(device: Device, plan: StepPlan): number {
  const { environment, network, replicas, tilings } = plan;
  const { path, sectionSize } = partition(device, plan);
  const { tile } = tiling(device, network, environment, tilings?.backward);
  // On the layered path workgroups go on with further rows.
  const backward = path === "fused" ? backwardWorkgroups(network, sectionSize, tile) : 1;
  const parameters = groups(network.parameters4, LANES);
  return Math.max(replicas, backward, parameters, groups(weightJobs(network), LANES));
}

/** Workgroups of the fused backward pass over this many trajectories of a replica. */
export function backwardWorkgroups(network: Network, trajectories: number, tile: number): number {
  return groups(backwardRows(network, trajectories), tile);
}

/** Blocks of the weights' gradient. */
export function weightJobs({ layers }: Network): number {
  return layers.reduce((sum, layer) => sum + (layer.in4 + 1) * groups(layer.out4, COLUMNS), 0);
}
