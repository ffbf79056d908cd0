import { requireWorkgroupMemory } from "@webgfn/sampler";
import { type Device, WebgfnError } from "@webgfn/tensor";
import { partition } from "./partition.js";
import { type StepPlan, stepTensors } from "./step-buffers.js";
import { mostWorkgroups } from "./workgroups.js";

/** What a size needs of the adapter, and what it offers. */
interface Excess {
  what: string;
  needs: string;
  limit: "maxStorageBufferBindingSize" | "maxBufferSize" | "maxComputeWorkgroupsPerDimension";
}

function excessOf(device: Device, plan: StepPlan): Excess | undefined {
  const { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupsPerDimension } = device.limits;
  for (const { label, shape, apart } of Object.values(stepTensors(device, plan))) {
    const bytes = 4 * shape.reduce((product, extent) => product * extent, 1);
    const bound = apart ? bytes / (shape[0] as number) : bytes;
    if (bound > maxStorageBufferBindingSize) return { what: label, needs: `${bound} bytes`, limit: "maxStorageBufferBindingSize" };
    if (bytes > maxBufferSize) return { what: label, needs: `${bytes} bytes`, limit: "maxBufferSize" };
  }
  const workgroups = mostWorkgroups(device, plan);
  if (workgroups <= maxComputeWorkgroupsPerDimension) return undefined;
  return { what: "a training step", needs: `${workgroups} workgroups`, limit: "maxComputeWorkgroupsPerDimension" };
}

/** The largest number up to `most` that fits; 0 where none does. What fits also fits with less. */
function largest(most: number, fits: (size: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
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
  const { what, needs, limit } = excess;
  const batch = largest(plan.batch, (size) => excessOf(device, { ...plan, batch: size }) === undefined);
  const replicas = largest(plan.replicas, (size) => excessOf(device, { ...plan, replicas: size }) === undefined);
  const alone = largest(plan.batch, (size) => excessOf(device, { ...plan, batch: size, replicas: 1 }) === undefined);
  const ways = [
    ...(batch >= plan.estimator.smallestBatch ? [`the batch size to at most ${batch}`] : []),
    ...(replicas > 0 ? [`the number of replicas to at most ${replicas}`] : []),
  ];
  // Neither is enough by itself.
  if (ways.length === 0 && alone >= plan.estimator.smallestBatch) ways.push(`the batch size to at most ${alone}, with one replica`);
  throw new WebgfnError("limit", `${what} needs ${needs}, but this adapter's ${limit} is ${device.limits[limit]}`, {
    fix: ways.length === 0 ? "use narrower hidden layers, or a smaller environment" : `reduce ${ways.join(", or ")}`,
  });
}
