import type { Environment } from "@webgfn/envs";
import { mlp } from "@webgfn/sampler";
import { environmentData, fitPolicy, initialWeights, Replicas, weightsTensor } from "@webgfn/sampler/internal";
import { type Device, rules } from "@webgfn/tensor";
import { requireArgument, requireOptions, type Schema } from "@webgfn/tensor/internal";
import type { EvaluatorInputs, Metric } from "@webgfn/trainer";
import { MeasuredMetrics } from "@webgfn/trainer/internal";
import { type CheckReport, Findings } from "./report.js";

/** Options of {@link checkMetric}. */
export interface MetricCheckOptions {
  /** Seed of the untrained policies. Default 1. */
  seed?: number;
}

const OPTIONS: Schema<MetricCheckOptions> = { seed: rules.whole(0) };

/** Two replicas, so that the check finds a metric that ignores the replica axis. */
const REPLICAS = 2;
const HIDDEN = [16];

/**
 * Checks a user-defined metric on two untrained policies. The metric must measure the environment or give the reason why it cannot,
 * return a number for every column of every replica, return the same values for the same policies again, and not write to their weights.
 *
 * @throws WebgfnError `argument` if a value is missing; `shader` if a module of the metric does not link or compile.
 *
 * @example
 * ```ts
 * import { checkMetric } from "@webgfn/check";
 * import { defineMetric, openDevice, sets } from "webgfn";
 * const metric = defineMetric({
 *   ...{ name: "step", columns: [{ key: "at", label: "at", help: "the step" }] },
 *   create: ({ replicas }) => ({ measure: async (at) => Array.from({ length: replicas.count }, () => ({ at })), dispose() {} }),
 * });
 * const device = await openDevice();
 * console.log((await checkMetric(device, metric, sets({ items: 6, size: 3 }))).problems); // []
 * ```
 */
export async function checkMetric(
  device: Device,
  metric: Metric,
  environment: Environment,
  options: MetricCheckOptions = {},
): Promise<CheckReport> {
  requireOptions("checkMetric", options, OPTIONS);
  requireArgument.device(device);
  requireArgument.object("metric", metric);
  requireArgument.environment(environment);
  const findings = new Findings(metric.name);
  const inputs = untrainedPolicies(device, environment, options.seed ?? 1);
  try {
    const measured = await MeasuredMetrics.create([metric], inputs);
    try {
      await check(measured, metric, inputs, findings);
    } finally {
      measured.dispose();
    }
  } finally {
    for (const owned of [inputs.weights, inputs.data, inputs.replicas]) owned.dispose();
  }
  return findings.report();
}

function untrainedPolicies(device: Device, environment: Environment, seed: number): EvaluatorInputs {
  const network = fitPolicy(mlp({ hidden: HIDDEN }), environment);
  const seeds = Array.from({ length: REPLICAS }, (_, r) => seed + r);
  const weights = weightsTensor(
    device,
    network,
    seeds.map((own) => initialWeights(network, own)),
  );
  const replicas = new Replicas(
    device,
    seeds.map((own) => ({ seed: own })),
  );
  return { device, environment, network, weights, data: environmentData(device, environment), replicas };
}

async function check(measured: MeasuredMetrics, { name, columns }: Metric, inputs: EvaluatorInputs, findings: Findings): Promise<void> {
  const { environment, weights } = inputs;
  const [missing] = measured.unavailable;
  if (missing !== undefined) {
    findings.note(`${name} was not measured in ${environment.title}, because ${missing.reason}`);
    return;
  }
  const before = await weights.read();
  const [first, second] = [await measured.measure(0), await measured.measure(0)];
  for (const { key } of columns) {
    for (const [r, values] of first.entries()) {
      const [value, again] = [values[key], second[r]?.[key]];
      if (!Object.is(value, again)) {
        findings.problem("measure", `${key} of replica ${r} is ${value}, and ${again} when the same policy is measured again`);
      } else if (Number.isNaN(value)) {
        findings.warning("measure", `${key} of replica ${r} is not a number for an untrained policy`);
      }
    }
  }
  const after = await weights.read();
  if (before.some((weight, i) => !Object.is(weight, after[i]))) findings.problem("measure", "it writes to the weights of the policy");
  findings.note(`${columns.map(({ key }) => key).join(", ")} of ${REPLICAS} replicas were measured in ${environment.title}`);
}
