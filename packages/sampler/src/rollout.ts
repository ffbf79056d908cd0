import type { Environment } from "@webgfn/envs";
import type { Device, Program, Tensor } from "@webgfn/tensor";
import { disposeTensors, type TensorPlan } from "@webgfn/tensor/internal";
import { environmentDataFor } from "./environment-data.js";
import { layeredTensors, transient } from "./layered-tensors.js";
import { policyConstants, policyModules } from "./modules.js";
import type { Network } from "./network.js";
import { evaluationPath, fitsWorkgroup } from "./path.js";
import { trajectoryRecord } from "./records.js";
import type { LayeredBuffers, RolloutBuffers, RolloutShape } from "./rollout-shape.js";
import { type Records, sectionsOf } from "./sections.js";
import { SIZE_ADVICE, STATES_ADVICE } from "./size-advice.js";
import { requireWorkgroupMemory, tiling } from "./tiling.js";
import { isWide, wideModules } from "./wide.js";

/** The trajectory buffers of a rollout with this shape. */
export function trajectoryTensors({ environment, batch, replicas }: Omit<RolloutShape, "network">) {
  return {
    trajectories: { shape: [replicas, batch, trajectoryRecord.words], label: "trajectories" },
    objects: { shape: [replicas, batch, environment.stateWords], dtype: "u32" as const, label: "objects" },
    actions: { shape: [replicas, batch, environment.horizon], dtype: "u32" as const, label: "actions" },
    ...(environment.hostReward && { logRewards: { shape: [replicas, batch], label: "log R by the host" } }),
  } satisfies Record<string, TensorPlan>;
}

/** Tensors that a rollout with records needs in addition: those of the layered path, if it takes that path. */
export function recordingTensors(device: Device, shape: RolloutShape): Partial<Record<keyof LayeredBuffers, TensorPlan>> {
  return evaluationPath(device, shape, shape.path) === "layered" ? layeredTensors(shape) : {};
}

/** The tensors of a rollout that keeps no records. */
export type SamplingBuffers = Omit<RolloutBuffers, "weights" | "replicas" | "data">;

/** Tensors of a rollout without records, including those of the layered path if it takes that path. */
export function samplingTensors(device: Device, shape: RolloutShape): { [Name in keyof SamplingBuffers]: TensorPlan } {
  const { environment, network, batch, replicas, path } = shape;
  const fits = batch <= mostTrajectories(device, shape);
  // If activations do not fit into one binding but fit into workgroup memory, take the fused path.
  const wanted = path ?? (!fits && fitsWorkgroup(device, network, environment) ? "fused" : undefined);
  if (evaluationPath(device, shape, wanted) === "layered") {
    const passing = transient(network);
    return {
      ...trajectoryTensors(shape),
      ...layeredTensors(shape, passing),
      // One section with all replicas.
      memory: { shape: [1, replicas, batch, 4 * passing.row4], label: "activations" },
    };
  }
  if (network.memory4 === 0) return trajectoryTensors(shape);
  const { tile } = tiling(device, network, environment, { rows: batch * replicas, wanted: shape.tiling });
  const slots = shares(device, shape, tile, false).workgroups * tile;
  return { ...trajectoryTensors(shape), memory: policyMemory(network, replicas, slots) };
}

/**
 * Makes the tensors of a rollout without records.
 *
 * @throws WebgfnError `limit`, before any allocation, if one of them does not fit this adapter.
 */
export function samplingBuffers(device: Device, shape: RolloutShape): SamplingBuffers {
  return device.tensors(samplingTensors(device, shape), SIZE_ADVICE);
}

/** Frees the buffers of a rollout, or of a step around one: the table of replicas and every tensor. */
export function disposeBuffers({ replicas, ...tensors }: RolloutBuffers): void {
  replicas.dispose();
  disposeTensors(tensors);
}

/** Most trajectories per replica that the layered path can sample at once: their activations must fit into one binding. */
function mostTrajectories(device: Device, { network, replicas }: Pick<RolloutShape, "network" | "replicas">): number {
  return Math.floor(device.limits.maxStorageBufferBindingSize / (16 * transient(network).row4 * replicas));
}

/** The values that a graph policy reads again: [replica, slot, rowsPerTrajectory, 4 · memory4]. */
export function policyMemory({ rowsPerTrajectory, memory4 }: Network, replicas: number, slots: number): TensorPlan {
  return { shape: [replicas, slots, rowsPerTrajectory, 4 * memory4], label: "memory of the policy" };
}

/** The plan of the tensor for the module's `environment_data`. */
export function dataTensor({ name, data }: Environment): TensorPlan {
  return { shape: [data.length], label: `${name} data`, values: () => data };
}

/** Makes the tensor of the environment's data. */
export function environmentData(device: Device, environment: Environment): Tensor {
  return device.tensors({ data: dataTensor(environment) }, STATES_ADVICE).data;
}

/** Workgroups of a rollout on a software rasteriser, over all replicas: a few per core. Each loops over its share of the batch. */
const SOFTWARE_WORKGROUPS = 8;
/** Workgroups, over all replicas, if each needs its own memory: enough to fill a GPU. */
const MEMORY_WORKGROUPS = 1024;

/** Workgroups per replica if each has its own memory. */
export function workgroupsWithMemory(device: Device, replicas: number): number {
  return Math.ceil((device.isSoftware ? SOFTWARE_WORKGROUPS : MEMORY_WORKGROUPS) / replicas);
}

/** Trajectories per workgroup, and the resulting number of workgroups per replica. */
function shares(
  device: Device,
  { network, batch, replicas }: RolloutShape,
  tile: number,
  record: boolean,
): { share: number; workgroups: number } {
  const isFew = device.isSoftware || (network.memory4 > 0 && !record);
  const most = isFew ? workgroupsWithMemory(device, replicas) : device.limits.maxComputeWorkgroupsPerDimension;
  const share = Math.max(tile, Math.ceil(batch / most / tile) * tile);
  return { share, workgroups: Math.ceil(batch / share) };
}

/**
 * From this many vec4s of logits on, all lanes prepare a head together. With fewer, the barriers cost more than they save (by the model of
 * bench/isa).
 */
const SPREAD_FROM = 8;

/** The module with which all lanes prepare a head. On software adapters every lane costs time, and every barrier time to compile. */
async function spreadModules({ isSoftware }: Device, { environment, network }: RolloutShape): Promise<Record<string, string>> {
  if (isSoftware || environment.actionSpace !== "discrete" || network.head.forward4 < SPREAD_FROM || isWide(network.head)) return {};
  return { "sampler/spread": (await import("@webgfn/shaders/sampler/spread.wgsl")).default };
}

export interface RolloutOptions {
  /** Reads the actions from `actions` instead of sampling them. */
  replay?: boolean;
  /**
   * Reads the first actions of every trajectory from `actions`. Before the rollout, the field `log_reward` of a trajectory's record holds
   * their number.
   */
  guided?: boolean;
  /** Samples discrete actions at the replica's temperature. */
  tempered?: boolean;
  /** Computes log p_B of the uniform policy even if the network has learned p_B. */
  uniformBackward?: boolean;
  /** Keeps the record of each evaluation of the policy for the backward pass. */
  records?: Records;
  /** With `records`, keeps log p_F, log p_B and log F of each transition: [replica, trajectory, horizon, 4]. */
  transitions?: Tensor;
  /** The kind of log F of a transition: see the conditions of `shaders/sampler/rollout.wgsl`. Default `learned`, the network's output. */
  flow?: "learned" | "forward-looking" | "stop";
}

/**
 * Records a rollout of `batch` trajectories of every replica into a program, on the path that the buffers were made for. A graph policy and
 * the layered path need either `records` or `buffers.memory`. If the records have several sections, the dispatches are recorded once per
 * section.
 *
 * @throws WebgfnError `limit` if the network does not fit into workgroup memory.
 */
export async function recordRollout(
  program: Program,
  shape: RolloutShape,
  buffers: RolloutBuffers,
  {
    replay = false,
    guided = false,
    tempered = false,
    uniformBackward = false,
    records,
    transitions,
    flow = "learned",
  }: RolloutOptions = {},
): Promise<void> {
  const { device } = program;
  const { environment, network, batch, replicas } = shape;
  const conditions = {
    replay,
    guided,
    tempered,
    record: records !== undefined,
    flow: transitions !== undefined,
    partial_reward: transitions !== undefined && flow !== "learned",
    stop_flow: transitions !== undefined && flow === "stop",
    learned_backward: network.head.backward === "learned" && !uniformBackward,
  };
  const { weights, data, trajectories, objects, actions, memory, frontier, times, layers } = buffers;
  const rows = records?.rows ?? memory;
  if (frontier && times && layers && rows) {
    const layered = { ...buffers, frontier, times, layers };
    // Load it on demand: few pages need it.
    const { recordLayeredRollout } = await import("./layered.js");
    const kept = records ?? { rows, sectionSize: batch };
    await recordLayeredRollout(program, shape, layered, conditions, { records: kept, ...(transitions && { transitions }) });
    return recordRewards(program, environment, buffers);
  }
  requireWorkgroupMemory(device, network, environment);
  const shapeOfTile = tiling(device, network, environment, { rows: batch * replicas, wanted: shape.tiling });
  const { record } = conditions;
  const sectionSize = records?.sectionSize ?? batch;
  const { share, workgroups } = shares(device, { ...shape, batch: sectionSize }, shapeOfTile.tile, record);
  const [spread, wide] = await Promise.all([spreadModules(device, shape), wideModules(network.head)]);
  const kernel = await device.kernel({
    root: "sampler/rollout",
    modules: { ...(await policyModules(environment, network)), ...spread, ...wide },
    constants: {
      ...policyConstants(device, environment, network, shapeOfTile, record),
      ...(record ? { BATCH: batch, SECTION: sectionSize } : {}),
    },
    conditions: {
      ...conditions,
      graph: network.memory4 > 0,
      sections: sectionSize < batch,
      spread: "sampler/spread" in spread,
      wide: isWide(network.head),
    },
  });
  const resources = {
    weights,
    replicas: buffers.replicas.tensor,
    trajectories,
    objects,
    actions,
    ...environmentDataFor(kernel, data),
    ...(transitions && { transitions }),
  };
  if (records === undefined) {
    program.add(kernel, { ...resources, ...(rows && { rows }) }, [workgroups, replicas]);
    return recordRewards(program, environment, buffers);
  }
  for (const section of sectionsOf(records, batch)) {
    const count = Math.ceil((section.end - section.first) / share);
    program.add(kernel, { ...resources, ...section.resources }, [count, replicas]);
  }
  return recordRewards(program, environment, buffers);
}

/** Records the work after a rollout if the host evaluates the reward. The code is loaded on demand: few pages need it. */
async function recordRewards(program: Program, environment: Environment, buffers: RolloutBuffers): Promise<void> {
  if (environment.hostReward === undefined) return;
  const { recordHostRewards } = await import("./host-rewards.js");
  await recordHostRewards(program, environment.hostReward, buffers);
}
