import {
  backwardModules,
  environmentConstants,
  environmentDataFor,
  policyConstants,
  policyModules,
  requireWorkgroupMemory,
  tiling,
} from "@webgfn/sampler/internal";
import lanes from "@webgfn/shaders/tensor/lanes.wgsl";
import draw from "@webgfn/shaders/trainer/sources/draw.wgsl";
import drawGiven from "@webgfn/shaders/trainer/sources/draw_given.wgsl";
import keep from "@webgfn/shaders/trainer/sources/keep.wgsl";
import replay from "@webgfn/shaders/trainer/sources/replay.wgsl";
import retrace from "@webgfn/shaders/trainer/sources/retrace.wgsl";
import retraceLearned from "@webgfn/shaders/trainer/sources/retrace_learned.wgsl";
import weighSlots from "@webgfn/shaders/trainer/sources/weigh_slots.wgsl";
import type { Program } from "@webgfn/tensor";
import type { TensorPlan } from "@webgfn/tensor/internal";
import type { StepBuffers, StepShape } from "../step-shape.js";
import { groups } from "../workgroups.js";
import { type SourcePlan, WAYS } from "./plan.js";

/** Lanes of the kernels of sources. */
const LANES = 64;
/** Slots per chunk. With a sum of weights per chunk, a draw reads only a few hundred numbers. */
const REPLAY_CHUNK = 512;

const MODULES = {
  "tensor/lanes": lanes,
  "trainer/sources/draw": draw,
  "trainer/sources/draw_given": drawGiven,
  "trainer/sources/keep": keep,
  "trainer/sources/replay": replay,
  "trainer/sources/retrace": retrace,
  "trainer/sources/retrace_learned": retraceLearned,
  "trainer/sources/weigh_slots": weighSlots,
};

function chunksOf({ buckets }: SourcePlan): number {
  return Math.ceil((buckets * WAYS) / REPLAY_CHUNK);
}

/** Shapes of the tensors that the sources need, for `replicas` replicas of an environment with `stateWords` words. */
export function sourceTensors(plan: SourcePlan, stateWords: number, replicas: number): Record<string, TensorPlan> {
  const slots = plan.buckets * WAYS;
  const { objects, target } = plan.tables;
  const table = (label: string, values: Uint32Array): TensorPlan => ({
    shape: [values.length / stateWords, stateWords],
    dtype: "u32",
    label,
    values: () => values,
  });
  return {
    ...(slots > 0 && {
      slots: { shape: [replicas, slots, 2], dtype: "u32", label: "slots of the replay buffer" },
      slotObjects: { shape: [replicas, slots, stateWords], dtype: "u32", label: "objects of the replay buffer" },
      chunkWeights: { shape: [replicas, chunksOf(plan), 4], label: "weights of the replay buffer" },
    }),
    ...(objects && { givenObjects: table("given objects", objects) }),
    ...(target && { targetObjects: table("objects of the target", target) }),
  };
}

/** The constants and modules of a source's kernel. */
async function kernelOf({ environment, network, batch }: StepShape, plan: SourcePlan) {
  const { counts } = plan;
  const local = counts.policy;
  const given = local + counts["local-search"];
  const table = given + counts.replay;
  return {
    modules: { ...(await policyModules(environment, network)), ...backwardModules, ...MODULES },
    conditions: {
      continuous: environment.actionSpace === "continuous",
      by_half: plan.order === "half",
      by_reward: plan.order === "reward",
      graph: false,
      record: false,
      tempered: false,
    },
    ranges: { local, given, table, objects: table + counts.objects },
    constants: {
      ...environmentConstants(environment),
      REPLAY_AGE: plan.age,
      LOCAL_BACK: plan.back,
      BATCH: batch,
      REPLAY_BUCKETS: Math.max(1, plan.buckets),
      REPLAY_CHUNK,
      REPLAY_CHUNKS: chunksOf(plan),
      GIVEN_FIRST: given,
      LANES,
      LOCAL_FIRST: local,
      REPLAY_WAYS: WAYS,
    },
  };
}

/**
 * Records the work before the rollout: draws objects from the replay buffer and the tables, and traces them back to the initial state. The
 * rollout must then be `guided`.
 */
export async function recordDraws(program: Program, shape: StepShape, plan: SourcePlan, buffers: StepBuffers): Promise<void> {
  const { device } = program;
  const { environment, network, batch, replicas } = shape;
  const { modules, conditions, constants, ranges } = await kernelOf(shape, plan);
  const compile = (root: string, more: Record<string, number | string> = {}) =>
    device.kernel({ root: `trainer/sources/${root}`, modules, conditions, constants: { ...constants, ...more } });
  const { trajectories, objects, actions, slots, slotObjects, chunkWeights, givenObjects, targetObjects } = buffers;
  const table = replicas.tensor;
  if (slots !== undefined && slotObjects !== undefined && chunkWeights !== undefined) {
    const [weigh, drawing] = await Promise.all([compile("weigh_slots"), compile("draw")]);
    program.add(weigh, { replicas: table, slots, chunk_weights: chunkWeights }, [chunksOf(plan), replicas.count]);
    program.add(drawing, { replicas: table, slots, slot_objects: slotObjects, chunk_weights: chunkWeights, objects, trajectories }, [
      ranges.table - ranges.local,
      replicas.count,
    ]);
  }
  for (const [given, TABLE_FIRST, TABLE_END] of [
    [givenObjects, ranges.table, ranges.objects],
    [targetObjects, ranges.objects, batch],
  ] as const) {
    if (given === undefined) continue;
    const kernel = await compile("draw_given", { TABLE_FIRST, TABLE_END, TABLE_ROWS: given.shape[0] as number });
    program.add(kernel, { replicas: table, given, objects, trajectories }, [groups(TABLE_END - TABLE_FIRST, 64), replicas.count]);
  }
  const traced = { replicas: table, objects, actions, trajectories };
  if (plan.retrace === "uniform") {
    const tracing = await compile("retrace");
    program.add(tracing, { ...traced, ...environmentDataFor(tracing, buffers.data) }, [groups(batch, 64), replicas.count]);
    return;
  }
  requireWorkgroupMemory(device, network, environment);
  const shapeOfTile = tiling(device, network, environment, {
    rows: batch * replicas.count,
    wanted: shape.tilings?.rollout,
  });
  const tracing = await compile("retrace_learned", policyConstants(device, environment, network, shapeOfTile, false));
  program.add(tracing, { ...traced, weights: buffers.weights, ...environmentDataFor(tracing, buffers.data) }, [
    groups(batch, shapeOfTile.tile),
    replicas.count,
  ]);
}

/** Records the work after the rollout: puts the policy's objects into the replay buffer. */
export async function recordKeeping(program: Program, shape: StepShape, plan: SourcePlan, buffers: StepBuffers): Promise<void> {
  const { slots, slotObjects, objects, trajectories } = buffers;
  if (slots === undefined || slotObjects === undefined) return;
  const { modules, conditions, constants } = await kernelOf(shape, plan);
  const kernel = await program.device.kernel({ root: "trainer/sources/keep", modules, conditions, constants });
  const { tensor, count } = shape.replicas;
  program.add(kernel, { replicas: tensor, objects, trajectories, slots, slot_objects: slotObjects }, [count]);
}
