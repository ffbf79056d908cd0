import type { EvaluationPath, Network } from "@webgfn/sampler";
import { evaluationPath, fitsWorkgroup, tiling } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import type { StepPlan } from "./step-shape.js";
import { backwardRows } from "./workgroups.js";

/** How the trajectories of a step are divided. */
export interface Partition {
  path: EvaluationPath;
  /** Ranges of trajectories whose weight gradients are summed apart. */
  parts: number;
  /** Trajectories of each replica whose records are one binding: the batch, or as many whole parts as an adapter takes. */
  sectionSize: number;
}

/**
 * The path of a step, and its parts and sections. On the fused path records of any size are taken, in sections; there are
 * more parts than usual where not even one would be a section.
 */
export function partition(device: Device, plan: StepPlan): Partition {
  const { environment, network, batch, replicas, tilings, parts: wanted = usualParts(device, network) } = plan;
  const { maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = device.limits;
  const { sectionBytes = maxStorageBufferBindingSize } = plan;
  const bindable = Math.floor(sectionBytes / (4 * recordWords(network) * replicas));
  let path = evaluationPath(device, plan, plan.path);
  if (path === "layered" && plan.path === undefined && batch > bindable && fitsWorkgroup(device, network, environment)) path = "fused";
  const whole = { path, parts: Math.min(batch, wanted), sectionSize: batch };
  if (path === "layered") return whole;

  const { tile } = tiling(device, network, environment, tilings?.backward);
  const dispatchable = Math.floor((maxComputeWorkgroupsPerDimension * tile) / backwardRows(network, 1));
  const most = Math.max(1, Math.min(bindable, dispatchable));
  if (batch <= most) return whole;
  const parts = Math.min(batch, Math.max(wanted, Math.ceil(batch / most)));
  const share = Math.ceil(batch / parts);
  return { path, parts, sectionSize: Math.floor(most / share) * share };
}

/**
 * Enough for every processor to have work. Each is written and read once more, so that two cores do with one where there are
 * many weights.
 */
function usualParts({ isSoftware }: Device, { parameters4 }: Network): number {
  return isSoftware ? Math.max(1, Math.min(4, Math.ceil(8192 / parameters4))) : 32;
}

/** Words that a trajectory's records take. */
export function recordWords({ rowsPerTrajectory, row4 }: Network): number {
  return rowsPerTrajectory * 4 * row4;
}
