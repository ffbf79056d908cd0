import type { Environment } from "@webgfn/envs";
import type { Objective } from "@webgfn/objectives";
import { flowRowRecord } from "@webgfn/objectives/internal";
import type { EvaluationPath, Network, Policy } from "@webgfn/sampler";
import { fitPolicy } from "@webgfn/sampler/internal";
import { WebgfnError } from "@webgfn/tensor";
import { argumentError, type TensorPlan } from "@webgfn/tensor/internal";
import type { StepPlan } from "./step-shape.js";

/**
 * Flow matching evaluates the policy once for each edge into a visited state, and once for the flow out of the state. A state may have an
 * edge from every action, so the records have room for one per action. Missing edges cost memory, but no work.
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

/** Most bytes of the rows and their records, over all replicas. Adapters do not limit the total size of buffers. */
const MOST_BYTES = 2 ** 31;

/** @throws WebgfnError `limit` if the rows of a batch would take more than {@link MOST_BYTES}. */
export function requireFlowMemory({ objective, environment, network, batch, replicas }: StepPlan): void {
  const { rowsPerTrajectory, row4 } = network;
  // Besides the record of a row: the row itself, its state, two coefficients, and its index among the rows in use.
  const bytes = replicas * rowsPerTrajectory * (16 * row4 + 4 * (flowRowRecord.words + environment.stateWords + 3));
  if (batch * bytes <= MOST_BYTES) return;
  const largest = Math.floor(MOST_BYTES / bytes);
  const { name } = objective;
  const { actions, horizon, title } = environment;
  const gibibytes = (count: number) => `${(count / 2 ** 30).toFixed(1)} GiB`;
  throw new WebgfnError(
    "limit",
    `${name} keeps room for up to ${actions} edges into each of up to ${horizon} states: ${gibibytes(batch * bytes)} for ${batch * replicas} trajectories of ${title}, and ${gibibytes(MOST_BYTES)} is the most`,
    { fix: `choose db or subtb${largest > 0 ? `, or reduce the batch size to at most ${largest}` : ""}` },
  );
}

/** @throws WebgfnError `argument` for options that flow matching does not support. */
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
    throw argumentError(`${name} evaluates the policy off its trajectories, as mlp alone can be and ${policy.name} cannot`, "choose mlp");
  }
  if (path === "layered") throw argumentError(`${name} has the fused path alone`, "leave out path");
}
