import { chunkRecord, flowOf, isFlowMatching, logZRecord, metricsRecord, outcomeRecord, weighsRows } from "@webgfn/objectives/internal";
import {
  dataTensor,
  recordingTensors,
  SIZE_ADVICE,
  sectionShape,
  sectionTable,
  trajectoryTensors,
  transitionRecord,
} from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import type { TensorPlan } from "@webgfn/tensor/internal";
import { faultRecord } from "./fault.js";
import { flowRowTensors } from "./flow-matching.js";
import { objectiveSize } from "./objective.js";
import { partition, recordWords } from "./partition.js";
import { sourceTensors } from "./sources/record.js";
import type { StepBuffers, StepPlan, StepShape } from "./step-shape.js";
import { parameterGroups } from "./workgroups.js";

/** Shapes of all tensors of a step, except the replica table. */
export function stepTensors(device: Device, shape: StepPlan): { [Name in keyof Omit<StepBuffers, "replicas">]: TensorPlan } {
  const { environment, network, objective, estimator, batch, replicas: count } = shape;
  const flow = flowOf(objective) !== undefined;
  const parameters = 4 * network.parameters4;
  const rows = network.rowsPerTrajectory;
  const { path, parts, sectionSize } = partition(device, shape);
  const sections = sectionTable(batch, sectionSize);
  const { chunks } = objectiveSize(device, shape);
  return {
    ...trajectoryTensors({ environment, batch, replicas: count }),
    ...recordingTensors(device, { environment, network, batch, replicas: count, path }),
    data: dataTensor(environment),
    weights: { shape: [count, 4 * network.weights4], label: "weights" },
    rows: {
      shape: sectionShape(count * sectionSize * recordWords(network), batch, sectionSize),
      label: "transition records",
      apart: true,
    },
    ...(sections && { sections }),
    liveRows: { shape: [count, batch * rows], dtype: "u32", label: "real transitions" },
    coefficients: { shape: [count, weighsRows(objective) ? batch * rows : batch, 2], label: "coefficients" },
    ...(flow ? { transitions: { shape: [count, batch, environment.horizon, transitionRecord.words], label: "transitions" } } : {}),
    ...(isFlowMatching(objective) && flowRowTensors(environment, network, batch, count)),
    outcomes: { shape: [count, outcomeRecord.words], label: "outcomes" },
    ...(chunks > 1 ? { chunks: { shape: [count, chunks, chunkRecord.words], label: "sums of chunks" } } : {}),
    logZ: { shape: [count, logZRecord.words], label: "log Z" },
    metrics: { shape: [count, metricsRecord.words], label: "metrics" },
    partials: { shape: [count, parts, estimator.channels, parameters], label: "partial gradients" },
    gradients: { shape: [count, estimator.channels, parameters], label: "gradients" },
    products: { shape: [count, parameterGroups(device, network), 4], label: "scalar products" },
    moments: { shape: [count, 2, parameters], label: "Adam's moments" },
    faults: { shape: [count, faultRecord.words], dtype: "u32", label: "faults" },
    ...(shape.sources && sourceTensors(shape.sources, environment.stateWords, count)),
  };
}

/**
 * Allocates all tensors of a step.
 *
 * @throws WebgfnError `limit`, before any allocation, if one of them exceeds the adapter's limits.
 */
export function stepBuffers(device: Device, { replicas, ...shape }: StepShape): StepBuffers {
  return { ...device.tensors(stepTensors(device, { ...shape, replicas: replicas.count }), SIZE_ADVICE), replicas };
}
