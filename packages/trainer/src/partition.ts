import type { EvaluationPath, Network } from "@webgfn/sampler";
import { evaluationPath } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import type { StepPlan } from "./step-shape.js";
import { backwardRows, backwardTiling } from "./workgroups.js";

/** How a step divides the trajectories of its batch. */
export interface Partition {
  path: EvaluationPath;
  /** Number of ranges of trajectories, each with its own sum of weight gradients. */
  parts: number;
  /** Trajectories per replica in one binding of transition records: the batch, or as many whole parts as the adapter can bind. */
  sectionSize: number;
}

/**
 * Chooses the path of a step, and its parts and sections. Records that exceed a binding are split into sections. If one part would exceed a
 * section, there are more parts.
 */
export function partition(device: Device, plan: StepPlan): Partition {
  const { network, batch, replicas, parts: wanted = usualParts(device, network) } = plan;
  const { maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = device.limits;
  const { sectionBytes = maxStorageBufferBindingSize } = plan;
  const bindable = Math.floor(sectionBytes / (4 * recordWords(network) * replicas));
  const path = evaluationPath(device, plan, plan.path);
  // Workgroups of the layered path loop over rows; those of the fused path take one tile each.
  const dispatchable =
    path === "layered"
      ? batch
      : Math.floor((maxComputeWorkgroupsPerDimension * backwardTiling(device, plan, replicas).tile) / backwardRows(network, 1));
  const most = Math.max(1, Math.min(bindable, dispatchable));
  if (batch <= most) return { path, parts: Math.min(batch, wanted), sectionSize: batch };
  const parts = Math.min(batch, Math.max(wanted, Math.ceil(batch / most)));
  const share = Math.ceil(batch / parts);
  return { path, parts, sectionSize: Math.floor(most / share) * share };
}

/**
 * Enough parts to keep every core busy. Each part costs one more write and read of all weight gradients, so a software adapter gets one
 * part if there are many weights.
 */
function usualParts({ isSoftware }: Device, { parameters4 }: Network): number {
  return isSoftware ? Math.max(1, Math.min(4, Math.ceil(8192 / parameters4))) : 32;
}

/** Words in the transition records of one trajectory. */
export function recordWords({ rowsPerTrajectory, row4 }: Network): number {
  return rowsPerTrajectory * 4 * row4;
}
