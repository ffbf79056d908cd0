import type { Environment } from "@webgfn/envs";
import type { Estimator, Objective } from "@webgfn/objectives";
import {
  type EvaluationPath,
  environmentData,
  type LayeredBuffers,
  type Network,
  networkConstants,
  type Replicas,
  type RolloutBuffers,
  recordingBuffers,
  recordRollout,
  sectionShape,
  sectionsOf,
  sectionTable,
  type Tilings,
  tiling,
  trajectoryTensors,
} from "@webgfn/sampler";
import { argumentError, type Device, type DType, Program, type Tensor, type Workgroups } from "@webgfn/tensor";
import { backwardProgram } from "./backward.js";
import { FAULT_WORDS } from "./fault.js";
import { trainingModules } from "./modules.js";
import { backwardRows, partition, recordWords } from "./partition.js";

export interface StepShape {
  environment: Environment;
  network: Network;
  objective: Objective;
  estimator: Estimator;
  /** Trajectories per replica and step. */
  batch: number;
  replicas: Replicas;
  /** How the policy is evaluated; what suits it and the batch unless given. */
  path?: EvaluationPath;
  /** Shapes of the fused path's tiles; what suits the adapter unless given. */
  tilings?: Tilings;
  /** The longest gradient that is not shortened; none unless given. */
  gradientClip?: number;
  /** Ranges of trajectories whose weight gradients are kept apart; what suits the adapter unless given. */
  parts?: number;
  /** Most bytes of records in one binding; what the adapter binds unless given. */
  sectionBytes?: number;
}

/** A shape before anything is made on the device. */
export type StepPlan = Omit<StepShape, "replicas"> & { replicas: number };

/** Everything a training step keeps on the GPU. Leading axes are [replica, …]. */
export interface StepBuffers extends RolloutBuffers {
  /**
   * `[section, words]`, a section being [replica, trajectory of the section, rowsPerTrajectory, 4 · row4]: features, activations
   * and deltas of each evaluation of the policy. One section is the whole batch, unless that is more than a binding holds.
   */
  rows: Tensor;
  /** Where there are several sections, what the shaders are told of each: `[section, 64]`. */
  sections?: Tensor;
  /** `[replica, batch · rowsPerTrajectory]`: indices of real transitions. */
  liveRows: Tensor;
  /** `[replica, trajectory, 2]`: coefficients of the channels U and S; where a flow is learned, [replica, transition, 2]. */
  coefficients: Tensor;
  /** `[replica, trajectory, horizon, 4]`: see `Transition` in `shaders/objectives/records.wgsl`; where a flow is learned. */
  transitions?: Tensor;
  /** `[replica, 8]`: see `Outcome` in `shaders/objectives/records.wgsl`. */
  outcomes: Tensor;
  /** `[replica, 4]`: log Z and its two moments. */
  logZ: Tensor;
  /** `[replica, 8]`: see `Metrics` in `shaders/objectives/records.wgsl`. */
  metrics: Tensor;
  /** `[replica, part, channel, 4 · parameters4]` */
  partials: Tensor;
  /** `[replica, channel, 4 · parameters4]` */
  gradients: Tensor;
  /** `[replica, workgroup, 4]`: scalar products of the channels. */
  products: Tensor;
  /** `[replica, 2, 4 · parameters4]`: Adam's moments. */
  moments: Tensor;
  /** `[replica, 12]`: see `Fault` in `shaders/trainer/fault.wgsl`. */
  faults: Tensor;
}

/** Invocations of the kernels that do one thing per parameter or trajectory. */
const LANES = 64;
/** Columns (vec4s) per invocation of the weight gradient. */
const COLUMNS = 2;

function groups(items: number, lanes: number): number {
  return Math.ceil(items / lanes);
}

/** A tensor that is yet to be made. */
export interface TensorPlan {
  shape: readonly number[];
  dtype?: DType;
  label: string;
  apart?: boolean;
}

/** Names of the tensors that a step makes itself. */
type Planned = Exclude<keyof StepBuffers, "replicas" | "data" | "memory" | "transitions" | "sections" | keyof LayeredBuffers>;

/** Every tensor that grows with the batch, the replicas or the network. */
export function stepTensors(device: Device, shape: StepPlan): Record<Planned, TensorPlan> & { transitions?: TensorPlan } {
  const { environment, network, objective, estimator, batch, replicas: count } = shape;
  const flow = objective.learnsFlow ?? false;
  const parameters = 4 * network.parameters4;
  const rows = network.rowsPerTrajectory;
  const { parts, sectionSize } = partition(device, shape);
  const sections = sectionShape(count * sectionSize * recordWords(network), batch, sectionSize);
  return {
    ...trajectoryTensors({ environment, batch, replicas: count }),
    weights: { shape: [count, 4 * network.weights4], label: "weights" },
    rows: { shape: sections, label: "transition records", apart: true },
    liveRows: { shape: [count, batch * rows], dtype: "u32", label: "real transitions" },
    coefficients: { shape: [count, flow ? batch * rows : batch, 2], label: "coefficients" },
    ...(flow ? { transitions: { shape: [count, batch, environment.horizon, 4], label: "transitions" } } : {}),
    outcomes: { shape: [count, 8], label: "outcomes" },
    logZ: { shape: [count, 4], label: "log Z" },
    metrics: { shape: [count, 8], label: "metrics" },
    partials: { shape: [count, parts, estimator.channels, parameters], label: "partial gradients" },
    gradients: { shape: [count, estimator.channels, parameters], label: "gradients" },
    products: { shape: [count, groups(network.parameters4, LANES), 4], label: "scalar products" },
    moments: { shape: [count, 2, parameters], label: "Adam's moments" },
    faults: { shape: [count, FAULT_WORDS], dtype: "u32", label: "faults" },
  };
}

export function stepBuffers(device: Device, shape: StepShape): StepBuffers {
  const { environment, network, batch, replicas } = shape;
  const plan = { ...shape, replicas: replicas.count };
  const { path, sectionSize } = partition(device, plan);
  const extent = { environment, network, batch, replicas: replicas.count, path };
  const plans = Object.entries(stepTensors(device, plan));
  const sections = sectionTable(device, batch, sectionSize);
  const tensors = Object.fromEntries(plans.map(([name, { shape: extents, ...options }]) => [name, device.tensor(extents, options)]));
  return {
    ...(tensors as Record<Planned, Tensor>),
    ...recordingBuffers(device, extent),
    ...(sections && { sections }),
    replicas,
    data: environmentData(device, environment),
  };
}

/** The most workgroups in one dimension of any dispatch of a step. */
export function mostWorkgroups(device: Device, plan: StepPlan): number {
  const { environment, network, replicas, tilings } = plan;
  const { path, sectionSize } = partition(device, plan);
  const { tile } = tiling(device, network, environment, tilings?.backward);
  // On the layered path workgroups go on with further rows.
  const backward = path === "fused" ? groups(backwardRows(network, sectionSize), tile) : 1;
  const parameters = groups(network.parameters4, LANES);
  return Math.max(replicas, backward, parameters, groups(weightJobs(network), LANES));
}

/** Blocks of the weights' gradient. */
function weightJobs({ layers }: Network): number {
  return layers.reduce((sum, layer) => sum + (layer.in4 + 1) * groups(layer.out4, COLUMNS), 0);
}

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
    COLUMNS,
    LANES,
    PARTS: parts,
    PRODUCTS: groups(network.parameters4, LANES),
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
    backwardProgram(device, shape, buffers, sections, { modules, constants: sizes, conditions }),
    compile("trainer/weight_gradient"),
    compile("trainer/reduce_gradient"),
    compile("trainer/update"),
  ]);

  const { weights, trajectories, coefficients, outcomes, logZ, metrics, liveRows } = buffers;
  const { partials, gradients, products, moments, faults } = buffers;
  const table = replicas.tensor;
  const perParameter: Workgroups = [groups(network.parameters4, LANES), count];

  const objectiveInputs = { replicas: table, trajectories, coefficients, live_rows: liveRows, outcomes, log_z: logZ, metrics };
  const gradient = new Program(device, "gradient").add(objectiveKernel, { ...objectiveInputs, ...perTransition }, [count]).append(backward);
  const summed = { trajectories, replicas: table, partials, ...(weighted ? {} : { coefficients }) };
  for (const { first, end, resources } of sections) {
    const ranges = sections.length === 1 ? parts : groups(end - first, groups(batch, parts));
    gradient.add(weightGradient, { ...summed, ...resources }, [groups(weightJobs(network), LANES), ranges, count]);
  }
  gradient.add(reduceGradient, { partials, gradients, products, outcomes, metrics, trajectories, log_z: logZ, faults }, perParameter);
  const step = new Program(device, "training step")
    .append(rollout)
    .append(gradient)
    .add(update, { weights, gradients, products, outcomes, replicas: table, moments, log_z: logZ, faults }, perParameter);
  return { step, rollout, gradient };
}
