import { flowOf, isFlowMatching, weighsRows } from "@webgfn/objectives/internal";
import { networkConstants, type Records, recordRollout, SIZE_ADVICE, sectionsOf } from "@webgfn/sampler/internal";
import { type Device, Program, type Workgroups } from "@webgfn/tensor";
import { backwardProgram } from "./backward.js";
import { trainingModules } from "./modules.js";
import { objectiveProgram } from "./objective.js";
import { partition } from "./partition.js";
import { recordPrior } from "./prior.js";
import { recordDraws, recordKeeping } from "./sources/record.js";
import type { StepBuffers, StepShape } from "./step-shape.js";
import { groups, LANES, parameterGroups, weightBlock, weightJobs } from "./workgroups.js";

/** A training step as recorded programs. */
export interface StepPrograms {
  /** Samples a batch: the rollout. */
  sample: Program;
  /** Learns from the batch that is in the buffers: objective, backward pass, weight gradient, reduction, update. */
  learn: Program;
  /** `sample`, then `learn`: six dispatches on the fused path, for any horizon. */
  step: Program;
  /** The gradient of the batch that is in the buffers: `learn` without the update. */
  gradient: Program;
}

/**
 * Records a training step, `sample` then `learn`:
 *
 * 1. `rollout` samples the batch and records every transition (after the draws of the sources and before the replay buffer's update, if there
 *    are any),
 * 2. the objective turns (log p_F, log p_B, log R) into coefficients,
 * 3. `backward` propagates unit deltas through the policy,
 * 4. `weight_gradient` sums coefficient-weighted gradients over ranges of trajectories,
 * 5. `reduce_gradient` adds the ranges up, with the scalar products of the control variate and the norm,
 * 6. `update` combines the channels, clips the gradient, applies Adam and counts the step.
 *
 * On the fused path each is one dispatch, except that an objective takes a few if workgroups share a batch of many thousands. On the layered
 * path backward has one dispatch per layer, and rollout one per layer and time step. If the transition records need several bindings,
 * rollout, backward and weight gradient have their dispatches once per section. With flow matching the rollout keeps no records; two
 * dispatches after it list the rows to evaluate, and evaluate them.
 *
 * Once a replica has a number that is not finite, reduction and update leave it unchanged.
 */
export async function recordStep(device: Device, shape: StepShape, buffers: StepBuffers): Promise<StepPrograms> {
  const { environment, network, objective, estimator, batch, replicas, gradientClip, backwardLoss } = shape;
  const count = replicas.count;
  const { root, shared, modules, conditions: ofObjective } = await trainingModules(environment, network, objective, estimator);
  const learned = network.head.backward === "learned";
  // With a coefficient per output, transition or row, the backward pass applies the coefficients instead of the weight gradient.
  const weighted = learned || weighsRows(objective);
  const { parts, sectionSize } = partition(device, { ...shape, replicas: count });
  const conditions = {
    ...ofObjective,
    two_channels: estimator.channels === 2,
    learned_backward: learned,
    trajectory_likelihood: backwardLoss === "tlm",
    weighted,
    clip: gradientClip !== undefined,
    sections: sectionSize < batch,
  };
  const constants = {
    ...networkConstants(network),
    BATCH: batch,
    HORIZON: environment.horizon,
    ...(environment.stop === undefined ? {} : { STOP_ACTION: environment.stop }),
    CHANNELS: estimator.channels,
    ...weightBlock(device),
    LANES,
    PARTS: parts,
    PRODUCTS: parameterGroups(device, network),
    SECTION: sectionSize,
    ...(gradientClip === undefined ? {} : { GRADIENT_CLIP: gradientClip }),
  };
  const compile = (name: string) => device.kernel({ root: name, modules, constants, conditions });
  const sections = sectionsOf(recordsOf(buffers, sectionSize), batch);
  const [sample, objectiveDispatches, backward, weightGradient, reduceGradient, update] = await Promise.all([
    recordEvaluation(device, shape, buffers, false),
    objectiveProgram(device, shape, buffers, { root, shared, modules, constants, conditions }),
    backwardProgram(device, shape, buffers, { modules, constants, conditions, sections }),
    compile("trainer/weight_gradient"),
    compile("trainer/reduce_gradient"),
    compile("trainer/update"),
  ]);

  const { weights, trajectories, coefficients, outcomes, logZ, metrics } = buffers;
  const { partials, gradients, products, moments, faults, flowRows } = buffers;
  const table = replicas.tensor;
  const perParameter: Workgroups = [parameterGroups(device, network), count];

  const gradient = new Program(device, "gradient", { fix: SIZE_ADVICE }).append(objectiveDispatches).append(backward);
  const summed = {
    trajectories,
    replicas: table,
    partials,
    ...(weighted ? {} : { coefficients }),
    ...(flowRows && { flow_rows: flowRows }),
  };
  for (const { first, end, resources } of sections) {
    const ofSection = groups(end - first, groups(batch, parts));
    gradient.add(weightGradient, { ...summed, ...resources }, [groups(weightJobs(device, network), LANES), ofSection, count]);
  }
  gradient.add(reduceGradient, { partials, gradients, products, outcomes, metrics, trajectories, log_z: logZ, faults }, perParameter);
  const learn = new Program(device, "learn", { fix: SIZE_ADVICE })
    .append(gradient)
    .add(update, { weights, gradients, products, outcomes, replicas: table, moments, log_z: logZ, faults }, perParameter);
  const step = new Program(device, "training step", { fix: SIZE_ADVICE }).append(sample).append(learn);
  return { sample, learn, step, gradient };
}

/**
 * Records the evaluation of the current policy along the trajectories in the buffers. Run it between two runs of `learn` on the same
 * batch, because the update changes the weights: log-probabilities, activations and scores in the buffers belong to the old weights.
 */
export function recordReplay(device: Device, shape: StepShape, buffers: StepBuffers): Promise<Program> {
  return recordEvaluation(device, shape, buffers, true);
}

/**
 * A rollout that keeps its records, followed by the prior's log-probabilities if there is a prior. With `replay` it follows the actions in
 * the buffers instead of sampling. Without `replay`, the sources, if there are any, give trajectories their first actions and then store the
 * policy's objects.
 */
async function recordEvaluation(device: Device, shape: StepShape, buffers: StepBuffers, replay: boolean): Promise<Program> {
  const { environment, network, objective, batch, replicas, tilings } = shape;
  const sources = replay ? undefined : shape.sources;
  const { sectionSize } = partition(device, { ...shape, replicas: replicas.count });
  const program = new Program(device, replay ? "replay" : "sample", { fix: SIZE_ADVICE });
  const rollout = { environment, network, batch, replicas: replicas.count, ...(tilings?.rollout && { tiling: tilings.rollout }) };
  const { transitions } = buffers;
  const flow = flowOf(objective);
  const records = recordsOf(buffers, sectionSize);
  if (sources !== undefined) await recordDraws(program, shape, sources, buffers);
  await recordRollout(program, rollout, buffers, {
    replay,
    guided: sources !== undefined,
    tempered: shape.tempered === true && !replay,
    ...(isFlowMatching(objective) ? {} : { records }),
    ...(transitions && { transitions }),
    ...(flow && { flow }),
  });
  const { flowRows, flowStates } = buffers;
  if (flowRows !== undefined && flowStates !== undefined) {
    // Load it on demand: few pages need it.
    const { recordFlowRows } = await import("./record-flow-rows.js");
    await recordFlowRows(program, shape, { ...buffers, flowRows, flowStates }, { sections: sectionsOf(records, batch), sectionSize });
  }
  const { prior } = shape;
  if (prior) await recordPrior(program, prior, { environment, batch, replicas: replicas.count }, buffers, prior.scratch);
  if (sources !== undefined) await recordKeeping(program, shape, sources, buffers);
  return program;
}

function recordsOf({ rows, sections }: StepBuffers, sectionSize: number): Records {
  return { rows, ...(sections && { sections }), sectionSize };
}
