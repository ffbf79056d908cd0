import { objectiveKernel } from "@webgfn/objectives/internal";
import { environmentDataFor, policyConstants, policyModules, requireWorkgroupMemory, type Section } from "@webgfn/sampler/internal";
import evaluateRows from "@webgfn/shaders/trainer/flow_matching/evaluate_rows.wgsl";
import listRows from "@webgfn/shaders/trainer/flow_matching/list_rows.wgsl";
import type { Program, Tensor } from "@webgfn/tensor";
import type { StepBuffers, StepShape } from "./step-shape.js";
import { backwardTiling, backwardWorkgroups, groups } from "./workgroups.js";

/** Lanes of the kernel that lists rows. */
const LANES = 64;

/**
 * Records the work of flow matching after a rollout: it lists the edges into every visited state, and evaluates the policy at the parents and
 * at the state, with records for the backward pass.
 */
export async function recordFlowRows(
  program: Program,
  shape: StepShape,
  buffers: StepBuffers & { flowRows: Tensor; flowStates: Tensor },
  { sections, sectionSize }: { sections: readonly Section[]; sectionSize: number },
): Promise<void> {
  const { device } = program;
  const { environment, network, objective, estimator, batch, replicas } = shape;
  requireWorkgroupMemory(device, network, environment);
  const tile = backwardTiling(device, shape, replicas.count);
  const modules = {
    ...objectiveKernel(objective, estimator).modules,
    ...(await policyModules(environment, network)),
    "trainer/flow_matching/evaluate_rows": evaluateRows,
    "trainer/flow_matching/list_rows": listRows,
  };
  const constants = { ...policyConstants(device, environment, network, tile, true), BATCH: batch, SECTION: sectionSize };
  const compile = (root: string, conditions = {}) =>
    device.kernel({ root: `trainer/flow_matching/${root}`, modules, constants, conditions });
  const [list, evaluate] = await Promise.all([
    compile("list_rows"),
    compile("evaluate_rows", { record: true, sections: sectionSize < batch }),
  ]);
  const { weights, trajectories, actions, data, flowRows: flow_rows, flowStates: flow_states } = buffers;
  const listed = { replicas: replicas.tensor, flow_rows, flow_states };
  program.add(list, { ...listed, trajectories, actions, ...environmentDataFor(list, data) }, [groups(batch, LANES), replicas.count]);
  for (const { first, end, resources } of sections) {
    const workgroups = backwardWorkgroups(network, end - first, tile.tile);
    program.add(evaluate, { ...listed, weights, ...resources, ...environmentDataFor(evaluate, data) }, [workgroups, replicas.count]);
  }
}
