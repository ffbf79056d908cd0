import type { Environment } from "@webgfn/envs";
import type { Device } from "@webgfn/tensor";
import { argumentError, largestOf } from "@webgfn/tensor/internal";
import type { Network } from "./network.js";
import { workgroupBytes } from "./tiling.js";
import { isWide } from "./wide.js";

/**
 * How the policy is evaluated along trajectories. `fused` runs all layers and time steps in one dispatch, with activations in workgroup
 * memory. `layered` takes a dispatch per layer and time step, with activations in the records. It is for networks that do not fit into
 * workgroup memory, and for wide networks with many trajectories, for which whole matrix products are faster.
 */
export type EvaluationPath = "fused" | "layered";

/**
 * Smallest width of a hidden layer and smallest number of trajectories that take the layered path. Tests lower them.
 *
 * The values for software adapters are measured. On GPUs a dispatch per layer and time step costs more than it saves until layers are so wide
 * that the fused path reads all weights for every row or two of a tile. This follows from the model of bench/isa and from the bytes read; no
 * GPU has run it.
 */
export const layeredFrom = { software: { width: 256, trajectories: 256 }, gpu: { width: 1024, trajectories: 1024 } };

/** Whether the activations of a policy fit into workgroup memory, as the fused path and tables of all states need. */
export function fitsWorkgroup(device: Device, network: Network, environment: Environment): boolean {
  return workgroupBytes(1, network, environment) <= device.limits.maxComputeWorkgroupStorageSize;
}

/**
 * The path for trajectories of a policy.
 *
 * @param wanted the caller's choice, if any.
 * @throws WebgfnError `argument` if a policy that is not a chain of layers is to take the layered path.
 */
export function evaluationPath(
  device: Device,
  { environment, network, batch, replicas }: { environment: Environment; network: Network; batch: number; replicas: number },
  wanted?: EvaluationPath,
): EvaluationPath {
  if (wanted !== undefined && wanted !== "fused" && wanted !== "layered") {
    throw argumentError(`path must be fused or layered, not ${wanted}`);
  }
  if (!network.isChain) {
    if (wanted === "layered") throw argumentError(`a ${network.policy.name} policy has the fused path alone`);
    return "fused";
  }
  if (wanted !== undefined) return wanted;
  if (!fitsWorkgroup(device, network, environment)) return "layered";
  // A tile has room for only one or two such rows, and a software adapter needs many rows per loaded weight.
  if (device.isSoftware && isWide(network.head)) return "layered";
  const widest = largestOf(network.layers.slice(0, -1).map(({ outputs }) => outputs));
  const { width, trajectories } = device.isSoftware ? layeredFrom.software : layeredFrom.gpu;
  return widest >= width && batch * replicas >= trajectories ? "layered" : "fused";
}
