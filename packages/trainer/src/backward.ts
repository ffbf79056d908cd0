import { layeredModules, layeredProducts, policyConstants, type Section, SIZE_ADVICE } from "@webgfn/sampler/internal";
import { type Device, Program } from "@webgfn/tensor";
import { largestOf } from "@webgfn/tensor/internal";
import type { StepBuffers, StepShape } from "./step-shape.js";
import { backwardTiling, backwardWorkgroups } from "./workgroups.js";

/** The WGSL modules, constants, conditions and sections shared by the kernels of a step. */
export interface StepKernels {
  modules: Readonly<Record<string, string>>;
  constants: Readonly<Record<string, number | string>>;
  conditions: Readonly<Record<string, boolean>>;
  /** The parts of the transition records that fit in one binding. Kernels that read records have one dispatch per section. */
  sections: readonly Section[];
}

/** Records the backward pass through the policy of each section: one dispatch on the fused path, one per layer on the layered path. */
export function backwardProgram(device: Device, shape: StepShape, buffers: StepBuffers, kernels: StepKernels): Promise<Program> {
  return buffers.layers === undefined ? fused(device, shape, buffers, kernels) : layered(device, shape, buffers, kernels);
}

async function fused(device: Device, shape: StepShape, buffers: StepBuffers, kernels: StepKernels): Promise<Program> {
  const { environment, network, replicas } = shape;
  const { modules, constants, conditions, sections } = kernels;
  const shapeOfTile = backwardTiling(device, shape, replicas.count);
  const kernel = await device.kernel({
    root: network.backward.root,
    modules: network.backward.wgsl === undefined ? modules : { ...modules, [network.backward.root]: network.backward.wgsl },
    constants: { ...constants, ...policyConstants(device, environment, network, shapeOfTile, true) },
    conditions,
  });
  const { weights, actions, liveRows, outcomes, coefficients } = buffers;
  const inputs = { weights, replicas: replicas.tensor, actions, live_rows: liveRows, outcomes, coefficients };
  const program = new Program(device, "backward", { fix: SIZE_ADVICE });
  for (const { first, end, resources } of sections) {
    program.add(kernel, kernel.pick({ ...inputs, ...resources }), [
      backwardWorkgroups(network, end - first, shapeOfTile.tile),
      replicas.count,
    ]);
  }
  return program;
}

async function layered(device: Device, shape: StepShape, buffers: StepBuffers, kernels: StepKernels): Promise<Program> {
  const { network, replicas } = shape;
  const { conditions, sections } = kernels;
  const modules = { ...kernels.modules, ...layeredModules };
  const program = new Program(device, "backward", { fix: SIZE_ADVICE });
  const { weights, actions, liveRows: live_rows, outcomes, coefficients } = buffers;
  const largest = largestOf(sections.map(({ first, end }) => end - first));
  const { products, constants, workgroups } = layeredProducts(device, network, buffers, largest * network.rowsPerTrajectory);
  const compile = (root: string) =>
    device.kernel({ root, modules, constants: { ...kernels.constants, ...constants }, conditions: { ...conditions, record: true } });
  const weigh = conditions["weighted"] ? await compile("trainer/weigh_outputs") : undefined;
  const kernel = await compile("trainer/layered_backward");
  for (const { resources } of sections) {
    const inputs = { ...resources, live_rows, outcomes };
    if (weigh !== undefined) program.add(weigh, weigh.pick({ ...inputs, actions, coefficients }), [workgroups, replicas.count]);
    for (const { layer, workgroups: count } of products) {
      program.add(kernel, kernel.pick({ ...inputs, weights, layer }), [count, replicas.count]);
    }
  }
  return program;
}
