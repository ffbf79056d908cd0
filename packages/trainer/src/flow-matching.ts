import type { Environment } from "@webgfn/envs";
import type { Objective } from "@webgfn/objectives";
import { flowRowRecord } from "@webgfn/objectives/internal";
import type { EvaluationPath, Network, Policy } from "@webgfn/sampler";
import { fitPolicy } from "@webgfn/sampler/internal";
import { argumentError, type TensorPlan } from "@webgfn/tensor/internal";

/**
 * Flow matching evaluates the policy for each edge into a visited state, and for the flow out of it. Any action may lead to a state, so the
 * records have room for all of them; those that are not there cost memory, and no work.
 */
export function withFlowRows(network: Network, { horizon, actions }: Pick<Environment, "horizon" | "actions">): Network {
  return { ...network, rowsPerTrajectory: horizon * (actions + 1) };
}

/** The list of rows of each trajectory: see `shaders/objectives/balance/flow_rows.wgsl`. */
export function flowRowTensors(
  { stateWords }: Pick<Environment, "stateWords">,
  { rowsPerTrajectory }: Network,
  batch: number,
  replicas: number,
): Record<"flowRows" | "flowStates", TensorPlan> {
  const rows = [replicas, batch, rowsPerTrajectory] as const;
  return {
    flowRows: { shape: [...rows, flowRowRecord.words], label: "rows of flow matching" },
    flowStates: { shape: [...rows, stateWords], dtype: "u32", label: "states of flow matching" },
  };
}

/** @throws WebgfnError `argument` for a training that flow matching does not take. */
export function requireFlowMatching(
  { name }: Objective,
  { environment, policy, path }: { environment: Environment; policy: Policy; path?: EvaluationPath | undefined },
): void {
  if (environment.actionSpace === "continuous") {
    throw argumentError(
      `${name} adds up the flows along all edges into a state, and in ${environment.title} these cannot be counted`,
      "choose db or subtb",
    );
  }
  if (policy.parameters["backward"]?.value === "learned") {
    throw argumentError(`${name} has no backward policy, and this policy learns one`, 'choose backward "uniform"');
  }
  if (!fitPolicy(policy, environment).isChain) {
    throw argumentError(`${name} evaluates the policy at states off the trajectory, which a ${policy.name} policy cannot do`, "choose mlp");
  }
  if (path === "layered") throw argumentError(`${name} has the fused path alone`, "leave out path");
}
