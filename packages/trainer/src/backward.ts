import { layeredProducts, policyConstants, tiling } from "@webgfn/sampler";
import { type Device, Program } from "@webgfn/tensor";
import { backwardRows, type StepBuffers, type StepShape } from "./step.js";

/** What the kernels of a step share. */
export interface StepKernels {
  modules: Readonly<Record<string, string>>;
  constants: Readonly<Record<string, number | string>>;
  conditions: Readonly<Record<string, boolean>>;
}

/** Records the pass back through the policy, on the path of its rollout: one dispatch, or one per layer. */
export function backwardProgram(device: Device, shape: StepShape, buffers: StepBuffers, kernels: StepKernels): Promise<Program> {
  return buffers.layers === undefined ? fused(device, shape, buffers, kernels) : layered(device, shape, buffers, kernels);
}

async function fused(device: Device, shape: StepShape, buffers: StepBuffers, kernels: StepKernels): Promise<Program> {
  const { environment, network, batch, replicas, tilings } = shape;
  const { modules, constants, conditions } = kernels;
  const tile = tiling(device, network, environment, tilings?.backward);
  const kernel = await device.kernel({
    root: `trainer/${network.policy.name}_backward`,
    modules,
    constants: { ...constants, ...policyConstants(environment, network, tile, true) },
    conditions,
  });
  const { weights, rows, actions, liveRows, outcomes, coefficients } = buffers;
  const inputs =
    network.policy.name === "gin" ? { actions } : { live_rows: liveRows, outcomes, ...(conditions["weighted"] ? { coefficients } : {}) };
  return new Program(device, "backward").add(kernel, { weights, rows, replicas: replicas.tensor, ...inputs }, [
    Math.ceil(backwardRows(network, batch) / tile.tile),
    replicas.count,
  ]);
}

async function layered(device: Device, shape: StepShape, buffers: StepBuffers, kernels: StepKernels): Promise<Program> {
  const { network, batch, replicas } = shape;
  const { modules, conditions } = kernels;
  const program = new Program(device, "backward");
  const { weights, rows, liveRows: live_rows, outcomes, coefficients } = buffers;
  const { products, constants, workgroups } = layeredProducts(network, buffers, batch * network.rowsPerTrajectory);
  const compile = (root: string) =>
    device.kernel({ root, modules, constants: { ...kernels.constants, ...constants }, conditions: { ...conditions, record: true } });
  if (conditions["weighted"]) {
    program.add(await compile("trainer/weigh_outputs"), { rows, live_rows, outcomes, coefficients }, [workgroups, replicas.count]);
  }
  const kernel = await compile("trainer/layered_backward");
  for (const { layer, workgroups: count } of products) {
    program.add(kernel, { weights, rows, live_rows, outcomes, layer }, [count, replicas.count]);
  }
  return program;
}
