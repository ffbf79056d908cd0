import { isFlowMatching } from "@webgfn/objectives/internal";
import { requireWorkgroupMemory } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import { type Excess, largestThatFits, tensorExcess } from "@webgfn/tensor/internal";
import { requireFlowMemory } from "./flow-matching.js";
import { partition } from "./partition.js";
import { stepTensors } from "./step-buffers.js";
import type { StepPlan } from "./step-shape.js";
import { backwardTiling, backwardWorkgroups, groups, LANES, parameterGroups, weightJobs } from "./workgroups.js";

/** The largest number of workgroups in one dimension of any dispatch of a step. */
function mostWorkgroups(device: Device, plan: StepPlan): number {
  const { network, replicas } = plan;
  const { path, sectionSize } = partition(device, plan);
  const { tile } = backwardTiling(device, plan, replicas);
  // On the layered path each workgroup loops over several rows, so the number of rows does not matter.
  const backward = path === "fused" ? backwardWorkgroups(network, sectionSize, tile) : 1;
  return Math.max(replicas, backward, parameterGroups(device, network), groups(weightJobs(device, network), LANES));
}

/** The first limit of the adapter that a step exceeds; `undefined` if it fits. */
function excessOf(device: Device, plan: StepPlan): Excess | undefined {
  const excess = tensorExcess(device.limits, stepTensors(device, plan));
  if (excess !== undefined) return excess;
  const workgroups = mostWorkgroups(device, plan);
  if (workgroups <= device.limits.maxComputeWorkgroupsPerDimension) return undefined;
  return { what: "a training step", needs: `${workgroups} workgroups`, limit: "maxComputeWorkgroupsPerDimension" };
}

/**
 * Refuses sizes beyond the adapter's limits, before anything is allocated.
 *
 * @throws WebgfnError `limit` that names the limit, the size needed, and the largest batch or number of replicas that fits.
 */
export function requireFit(device: Device, plan: StepPlan): void {
  if (isFlowMatching(plan.objective)) requireFlowMemory(plan);
  if (partition(device, plan).path === "fused") requireWorkgroupMemory(device, plan.network, plan.environment);
  const excess = excessOf(device, plan);
  if (excess === undefined) return;
  const batch = largestThatFits(plan.batch, (size) => excessOf(device, { ...plan, batch: size }) === undefined);
  const replicas = largestThatFits(plan.replicas, (size) => excessOf(device, { ...plan, replicas: size }) === undefined);
  const alone = largestThatFits(plan.batch, (size) => excessOf(device, { ...plan, batch: size, replicas: 1 }) === undefined);
  const ways = [
    ...(batch >= plan.estimator.smallestBatch ? [`the batch size to at most ${batch}`] : []),
    ...(replicas > 0 ? [`the number of replicas to at most ${replicas}`] : []),
  ];
  // If neither change is enough, try both.
  if (ways.length === 0 && alone >= plan.estimator.smallestBatch) ways.push(`the batch size to at most ${alone}, with one replica`);
  throw device.refusal(excess, ways.length === 0 ? "use narrower hidden layers, or a smaller environment" : `reduce ${ways.join(", or ")}`);
}
