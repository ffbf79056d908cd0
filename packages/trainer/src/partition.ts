import type { EvaluationPath, Network } from "@webgfn/sampler";
import { evaluationPath, fitsWorkgroup } from "@webgfn/sampler/internal";
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
 * Chooses the path of a step, and its parts and sections. The fused path splits records that exceed a binding into sections. If one part
 * would exceed a section, it uses more parts.
 */
export function partition(device: Device, plan: StepPlan): Partition {
  const { environment, network, batch, replicas, parts: wanted = usualParts(device, network) } = plan;
  const { maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = device.limits;
  const { sectionBytes = maxStorageBufferBindingSize } = plan;
  const bindable = Math.floor(sectionBytes / (4 * recordWords(network) * replicas));
  let path = evaluationPath(device, plan, plan.path);
  if (path === "layered" && plan.path === undefined && batch > bindable && fitsWorkgroup(device, network, environment)) path = "fused";
  const whole = { path, parts: Math.min(batch, wanted), sectionSize: batch };
  if (path === "layered") return whole;

  const { tile } = backwardTiling(device, plan, replicas);
  const dispatchable = Math.floor((maxComputeWorkgroupsPerDimension * tile) / backwardRows(network, 1));
  const most = Math.max(1, Math.min(bindable, dispatchable));
  if (batch <= most) return whole;
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
