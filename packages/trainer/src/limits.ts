import { requireWorkgroupMemory, tiling } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import { type Excess, largestThatFits, tensorExcess } from "@webgfn/tensor/internal";
import { partition } from "./partition.js";
import { stepTensors } from "./step-buffers.js";
import type { StepPlan } from "./step-shape.js";
import { backwardWorkgroups, groups, LANES, parameterGroups, weightJobs } from "./workgroups.js";

/** The most workgroups in one dimension of any dispatch of a step. */
function mostWorkgroups(device: Device, plan: StepPlan): number {
  const { environment, network, replicas, tilings } = plan;
  const { path, sectionSize } = partition(device, plan);
  const { tile } = tiling(device, network, environment, tilings?.backward);
  // On the layered path workgroups go on with further rows.
  const backward = path === "fused" ? backwardWorkgroups(network, sectionSize, tile) : 1;
  return Math.max(replicas, backward, parameterGroups(device, network), groups(weightJobs(device, network), LANES));
}

function excessOf(device: Device, plan: StepPlan): Excess | undefined {
  const excess = tensorExcess(device.limits, stepTensors(device, plan));
  if (excess !== undefined) return excess;
  const workgroups = mostWorkgroups(device, plan);
  if (workgroups <= device.limits.maxComputeWorkgroupsPerDimension) return undefined;
  return { what: "a training step", needs: `${workgroups} workgroups`, limit: "maxComputeWorkgroupsPerDimension" };
}

/**
 * Refuses sizes that the adapter cannot take, before anything is allocated.
 *
 * @throws WebgfnError `limit` with the limit, what was needed, and the largest batch, or number of replicas, that fits.
 */
export function requireFit(device: Device, plan: StepPlan): void {
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
  // Neither is enough by itself.
  if (ways.length === 0 && alone >= plan.estimator.smallestBatch) ways.push(`the batch size to at most ${alone}, with one replica`);
  throw device.refusal(excess, ways.length === 0 ? "use narrower hidden layers, or a smaller environment" : `reduce ${ways.join(", or ")}`);
}
