import batchFacts from "@webgfn/shaders/objectives/balance/batch_facts.wgsl";
import flowResidual from "@webgfn/shaders/objectives/balance/flow_residual.wgsl";
import flowRows from "@webgfn/shaders/objectives/balance/flow_rows.wgsl";
import stretchWeights from "@webgfn/shaders/objectives/balance/stretch_weights.wgsl";
import balance from "@webgfn/shaders/objectives/balance.wgsl";
import balanceTerms from "@webgfn/shaders/objectives/balance_terms.wgsl";
import batch from "@webgfn/shaders/objectives/batch.wgsl";
import divergence from "@webgfn/shaders/objectives/divergence.wgsl";
import divergenceTerms from "@webgfn/shaders/objectives/divergence_terms.wgsl";
import largeBalance from "@webgfn/shaders/objectives/large/balance.wgsl";
import chunks from "@webgfn/shaders/objectives/large/chunks.wgsl";
import largeCoefficients from "@webgfn/shaders/objectives/large/coefficients.wgsl";
import largeDivergence from "@webgfn/shaders/objectives/large/divergence.wgsl";
import largeHighest from "@webgfn/shaders/objectives/large/highest.wgsl";
import largeResiduals from "@webgfn/shaders/objectives/large/residuals.wgsl";
import largeSummaries from "@webgfn/shaders/objectives/large/summaries.wgsl";
import largeTerms from "@webgfn/shaders/objectives/large/terms.wgsl";
import liveRows from "@webgfn/shaders/objectives/live_rows.wgsl";
import logZStep from "@webgfn/shaders/objectives/log_z_step.wgsl";
import power from "@webgfn/shaders/objectives/power.wgsl";
import records from "@webgfn/shaders/objectives/records.wgsl";
import summary from "@webgfn/shaders/objectives/summary.wgsl";
import trajectoryRecords from "@webgfn/shaders/sampler/records.wgsl";
import replica from "@webgfn/shaders/sampler/replica.wgsl";
import adam from "@webgfn/shaders/tensor/adam.wgsl";
import finite from "@webgfn/shaders/tensor/finite.wgsl";
import lanes from "@webgfn/shaders/tensor/lanes.wgsl";
import type { Estimator } from "./estimator.js";
import type { FlowKind, Objective } from "./objective.js";
import { isEqual, isOfBatch } from "./weighting.js";

const SHARED = {
  "objectives/batch": batch,
  "objectives/large/chunks": chunks,
  "objectives/large/summaries": largeSummaries,
  "objectives/live_rows": liveRows,
  "objectives/log_z_step": logZStep,
  "objectives/power": power,
  "objectives/records": records,
  "objectives/summary": summary,
  "sampler/records": trajectoryRecords,
  "sampler/replica": replica,
  "tensor/adam": adam,
  "tensor/finite": finite,
  "tensor/lanes": lanes,
};

/** The source of an objective's kernel: the root module, all modules to link, and the values of their `@if` conditions. */
export interface ObjectiveKernel {
  /** The kernel in which one workgroup processes the whole batch of a replica. */
  root: string;
  /** The kernels that replace it, in this order, if workgroups share a batch: see `shaders/objectives/large/chunks.wgsl`. */
  shared: string[];
  modules: Record<string, string>;
  conditions: Record<string, boolean>;
}

/** Whether a parameter only describes the schedule of another one, such as alphaEnd and alphaBy of alpha. */
export function isOfSchedule(name: string, parameters: Objective["parameters"]): boolean {
  const base = /^(.+)(?:End|By)$/.exec(name)?.[1];
  return base !== undefined && parameters[base] !== undefined;
}

/** Whether training learns log Z: some balance losses do, and divergences with the estimator `balance` may. */
export function learnsLogZ({ family, learns }: Pick<Objective, "family" | "learns">, { logZ }: Pick<Estimator, "logZ">): boolean {
  return learns.includes("log-z") || (family === "divergence" && logZ === "learned");
}

/** The kind of log F(s) in an objective with residuals of transitions or stretches; undefined if it has no flow. */
export function flowOf(objective: Objective): FlowKind | undefined {
  if (objective.family === "divergence" || objective.residual === "trajectory" || objective.residual === "state") return undefined;
  return objective.flow ?? "learned";
}

/** Whether residuals are of states: flow matching, which evaluates the policy at the parents of every state as well. */
export function isFlowMatching(objective: Objective): boolean {
  return objective.family === "balance" && objective.residual === "state";
}

/** Whether every evaluation of the policy has its own coefficient; otherwise each trajectory has one for all of its evaluations. */
export function weighsRows(objective: Objective): boolean {
  return isFlowMatching(objective) || flowOf(objective) !== undefined;
}

/** Collects the WGSL modules and conditions of the kernel of an objective. A balance loss ignores the estimator. */
export function objectiveKernel(objective: Objective, estimator: Estimator): ObjectiveKernel {
  const common = { ...SHARED, objective: objective.wgsl, parameters: parametersModule(objective) };
  const flow = flowOf(objective);
  const conditions = { learns_log_z: learnsLogZ(objective, estimator), flow: weighsRows(objective), stop_flow: flow === "stop" };
  if (objective.family === "divergence") {
    const modules = {
      ...common,
      "objectives/divergence": divergence,
      "objectives/divergence_terms": divergenceTerms,
      "objectives/large/coefficients": largeCoefficients,
      "objectives/large/divergence": largeDivergence,
      "objectives/large/highest": largeHighest,
      "objectives/large/terms": largeTerms,
      estimator: estimator.wgsl,
    };
    const ofDivergence = { normalised: objective.normalised === true, balance: estimator.logZ !== undefined };
    const shared = sharedRoots(["summaries", "highest", "terms", "coefficients", "divergence"]);
    return { root: "objectives/divergence", shared, modules, conditions: { ...conditions, ...ofDivergence } };
  }
  const modules = {
    ...common,
    "objectives/balance": balance,
    "objectives/balance_terms": balanceTerms,
    "objectives/balance/batch_facts": batchFacts,
    "objectives/balance/flow_residual": flowResidual,
    "objectives/balance/flow_rows": flowRows,
    "objectives/balance/stretch_weights": stretchWeights,
    "objectives/large/balance": largeBalance,
    "objectives/large/residuals": largeResiduals,
    harness: objective.harness,
    loss: objective.loss,
  };
  const { weighting = "geometric-within" } = objective;
  const ofStretches = { batch_stretches: isOfBatch(weighting), equal_stretches: isEqual(weighting) };
  const ofStates = isFlowMatching(objective) && { flow_rows: true };
  const shared = sharedRoots(["summaries", "residuals", "balance"]);
  return { root: "objectives/balance", shared, modules, conditions: { ...conditions, ...ofStretches, ...ofStates } };
}

function sharedRoots(names: readonly string[]): string[] {
  return names.map((name) => `objectives/large/${name}`);
}

/**
 * The WGSL module `package::parameters`: a function for each number among the objective's parameters. If there is a number NAMEEnd, NAME
 * changes to it linearly: over the steps, or, if NAMEBy is `ess`, with the effective share of the batch's samples.
 */
function parametersModule({ parameters }: Objective): string {
  const names = Object.entries(parameters).flatMap(([name, { value }]) => (typeof value === "number" ? [name] : []));
  const stored = (name: string) => {
    const index = names.indexOf(name);
    return `settings.parameters[${Math.floor(index / 4)}][${index % 4}]`;
  };
  const functions = names.map((name) => {
    const end = `${name}End`;
    const progress = parameters[`${name}By`]?.value === "ess" ? "effective_share" : "progress(settings)";
    const value = names.includes(end) ? `${stored(name)} + (${stored(end)} - ${stored(name)}) * ${progress}` : stored(name);
    return `fn ${snakeCase(name)}(settings: Replica) -> f32 { return ${value}; }\n`;
  });
  const imports = "import package::sampler::replica::{Replica, progress};\nimport package::objectives::summary::effective_share;\n";
  return imports + functions.join("");
}

/** `firstOrder` → `first_order` */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
