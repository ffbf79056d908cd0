import type { ObjectiveKernel } from "@webgfn/objectives/internal";
import { SIZE_ADVICE } from "@webgfn/sampler/internal";
import { type Device, Program, type Workgroups } from "@webgfn/tensor";
import type { StepKernels } from "./backward.js";
import type { StepBuffers, StepPlan, StepShape } from "./step-shape.js";
import { groups, LANES } from "./workgroups.js";

/** Most lanes of a workgroup on a GPU; fewer if the batch is smaller. Every adapter allows as many. */
const MOST_LANES = 256;
/** Largest batch that one workgroup processes. For larger batches, several workgroups are worth the additional dispatches. */
const LARGEST_WHOLE = 4096;
/** Trajectories per workgroup if several share a batch: two per lane. */
const CHUNK = 2 * MOST_LANES;

/** How an objective is laid out on a device. */
export interface ObjectiveSize {
  /** Invocations of a workgroup. */
  lanes: number;
  /** Trajectories of a workgroup. */
  chunk: number;
  /** Number of workgroups that share the batch of a replica; at most `lanes`. */
  chunks: number;
}

/**
 * Chooses lanes and workgroups: on a GPU, one large workgroup, or several for a batch of many thousands of trajectories. On a software
 * adapter lanes run one after another, so it gets few.
 */
export function objectiveSize({ isSoftware, limits }: Device, { batch }: Pick<StepPlan, "batch">): ObjectiveSize {
  const most = Math.min(MOST_LANES, 2 ** Math.floor(Math.log2(limits.maxComputeInvocationsPerWorkgroup)));
  const lanes = isSoftware ? LANES : Math.min(most, Math.max(LANES, 2 ** Math.ceil(Math.log2(batch))));
  // One lane adds up the sums of one chunk, so there are at most `lanes` chunks.
  const chunk = isSoftware || batch <= LARGEST_WHOLE ? batch : Math.max(CHUNK, groups(batch, lanes));
  return { lanes, chunk, chunks: groups(batch, chunk) };
}

/** Records an objective: one dispatch, or, if workgroups share the batch, one for each sum over it. */
export async function objectiveProgram(
  device: Device,
  shape: StepShape,
  buffers: StepBuffers,
  { root, shared, modules, conditions, constants }: Pick<ObjectiveKernel, "root" | "shared"> & Omit<StepKernels, "sections">,
): Promise<Program> {
  const { lanes, chunk, chunks } = objectiveSize(device, shape);
  const roots = chunks === 1 ? [root] : shared;
  const sizes = { ...constants, LANES: lanes, ...(chunks === 1 ? {} : { CHUNK: chunk, CHUNKS: chunks }) };
  const kernels = await Promise.all(roots.map((each) => device.kernel({ root: each, modules, constants: sizes, conditions })));
  const { trajectories, transitions, coefficients, liveRows, outcomes, logZ, metrics, replicas } = buffers;
  const inputs = {
    replicas: replicas.tensor,
    trajectories,
    coefficients,
    live_rows: liveRows,
    outcomes,
    log_z: logZ,
    metrics,
    ...(transitions && { transitions }),
    ...(buffers.flowRows && { flow_rows: buffers.flowRows }),
    ...(buffers.chunks && { chunks: buffers.chunks }),
  };
  const program = new Program(device, "objective", { fix: SIZE_ADVICE });
  kernels.forEach((kernel, n) => {
    const perReplica: Workgroups = chunks === 1 ? [replicas.count] : [1, replicas.count];
    program.add(kernel, kernel.pick(inputs), n === kernels.length - 1 ? perReplica : [chunks, replicas.count]);
  });
  return program;
}
