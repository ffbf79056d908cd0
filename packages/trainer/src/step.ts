import { networkConstants, recordRollout, sectionsOf } from "@webgfn/sampler";
import { argumentError, type Device, Program, type Workgroups } from "@webgfn/tensor";
import { backwardProgram } from "./backward.js";
import { trainingModules } from "./modules.js";
import { partition } from "./partition.js";
import type { StepBuffers, StepShape } from "./step-buffers.js";
import { groups, LANES, parameterGroups, weightBlock, weightJobs } from "./workgroups.js";

/** The kernels of a training step, in order. */
export interface StepPrograms {
  /**
   * rollout → objective → backward → weight gradient → reduction → update: six dispatches, whatever the horizon. Records that
   * are more than one binding make rollout, backward and weight gradient a dispatch per section. On the layered path rollout
   * and backward are one dispatch per layer, and in the rollout per time step.
   */
  step: Program;
  /** The rollout alone. */
  rollout: Program;
  /** Objective to reduction, after a rollout or replay of one's own. */
  gradient: Program;
}

/**
 * Records a training step:
 *
 * 1. `rollout` samples the batch and records every transition,
 * 2. the objective turns (log p_F, log p_B, log R) into coefficients and advances the step counter,
 * 3. `backward` propagates unit deltas through the policy,
 * 4. `weight_gradient` sums coefficient-weighted gradients over ranges of trajectories,
 * 5. `reduce_gradient` adds the ranges up, with the scalar products of the control variate and the norm,
 * 6. `update` combines the channels, shortens what is too long, and applies Adam.
 *
 * The last two keep a replica that met a number that is not finite as it was.
 */
export async function recordStep(device: Device, shape: StepShape, buffers: StepBuffers): Promise<StepPrograms> {
  const { environment, network, objective, estimator, batch, replicas, gradientClip, tilings } = shape;
  const count = replicas.count;
  const { root, modules } = trainingModules(environment, network, objective, estimator);
  const learned = network.policy.backward === "learned";
  const flow = objective.learnsFlow ?? false;
  // Outputs or transitions with coefficients of their own get them in the backward pass.
  const weighted = learned || flow;
  const { parts, sectionSize } = partition(device, { ...shape, replicas: count });
  const conditions = {
    two_channels: estimator.channels === 2,
    learned_backward: learned,
    flow,
    weighted,
    clip: gradientClip !== undefined,
    sections: sectionSize < batch,
  };
  const ofKernels = {
    ...networkConstants(network),
    BATCH: batch,
    HORIZON: environment.horizon,
    CHANNELS: estimator.channels,
    ...weightBlock(device),
    LANES,
    PARTS: parts,
    PRODUCTS: parameterGroups(device, network),
    SECTION: sectionSize,
    ...(gradientClip === undefined ? {} : { GRADIENT_CLIP: gradientClip }),
    ...(objective.lambda === undefined ? {} : { LAMBDA: objective.lambda }),
  };
  const taken = Object.keys(objective.constants ?? {}).find((name) => Object.hasOwn(ofKernels, name));
  if (taken !== undefined) {
    throw argumentError(`${objective.name}'s constant ${taken} has the name of a size of the kernels`, "choose another name for it");
  }
  const sizes = { ...objective.constants, ...ofKernels };
  const compile = (name: string) => device.kernel({ root: name, modules, constants: sizes, conditions });
  const perTransition = buffers.transitions === undefined ? {} : { transitions: buffers.transitions };
  const records = { rows: buffers.rows, ...(buffers.sections && { sections: buffers.sections }), sectionSize };
  const sections = sectionsOf(records, batch);
  const rollout = new Program(device, "rollout");
  const [, objectiveKernel, backward, weightGradient, reduceGradient, update] = await Promise.all([
    recordRollout(
      rollout,
      { environment, network, batch, replicas: count, ...(tilings?.rollout && { tiling: tilings.rollout }) },
      buffers,
      { records, ...perTransition },
    ),
    compile(root),
    backwardProgram(device, shape, buffers, { modules, constants: sizes, conditions, sections }),
    compile("trainer/weight_gradient"),
    compile("trainer/reduce_gradient"),
    compile("trainer/update"),
  ]);

  const { weights, trajectories, coefficients, outcomes, logZ, metrics, liveRows } = buffers;
  const { partials, gradients, products, moments, faults } = buffers;
  const table = replicas.tensor;
  const perParameter: Workgroups = [parameterGroups(device, network), count];

  const objectiveInputs = { replicas: table, trajectories, coefficients, live_rows: liveRows, outcomes, log_z: logZ, metrics };
  const gradient = new Program(device, "gradient").add(objectiveKernel, { ...objectiveInputs, ...perTransition }, [count]).append(backward);
  const summed = { trajectories, replicas: table, partials, ...(weighted ? {} : { coefficients }) };
  for (const { first, end, resources } of sections) {
    const ofSection = groups(end - first, groups(batch, parts));
    gradient.add(weightGradient, { ...summed, ...resources }, [groups(weightJobs(device, network), LANES), ofSection, count]);
  }
  gradient.add(reduceGradient, { partials, gradients, products, outcomes, metrics, trajectories, log_z: logZ, faults }, perParameter);
  const step = new Program(device, "training step")
    .append(rollout)
    .append(gradient)
    .add(update, { weights, gradients, products, outcomes, replicas: table, moments, log_z: logZ, faults }, perParameter);
  return { step, rollout, gradient };
}
