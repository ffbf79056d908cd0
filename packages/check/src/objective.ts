import type { Objective } from "@webgfn/objectives";
import { numbersOf } from "@webgfn/objectives/internal";
import { type Device, rules } from "@webgfn/tensor";
import { largestOf, requireArgument, requireOptions, requireParameters, type Schema } from "@webgfn/tensor/internal";
import { type MadeUpTrajectory, madeUpBatch } from "./made-up-batch.js";
import { type HostReduction, reduceOnHost } from "./objective-host.js";
import { compileObjective, type Reduction, reduceOnGpu } from "./objective-kernel.js";
import { type CheckReport, Findings } from "./report.js";

/** Options of {@link checkObjective}. */
export interface ObjectiveCheckOptions {
  /** Seed of the made-up trajectories. Default 1. */
  seed?: number;
}

const OPTIONS: Schema<ObjectiveCheckOptions> = { seed: rules.whole(0) };

/** Batches to check with: usual log weights, and some that differ by many orders of magnitude. */
const BATCHES = [
  { name: "usual log weights", spread: 1 },
  { name: "log weights far apart", spread: 8 },
];

/** Largest error of float32 against float64, relative to the largest coefficient, or to 1 + |loss|. */
const ROUNDING = 1e-3;

/**
 * Checks a user-defined objective: its module links and compiles, its parameters obey their rules, and its coefficients and its loss are
 * finite and agree with its float64 functions. It uses one batch with usual log weights and one with log weights far apart.
 *
 * @throws WebgfnError `shader` if the module does not link or compile; `argument` if a parameter's declaration is wrong.
 *
 * @example
 * ```ts
 * import { checkObjective } from "@webgfn/check";
 * import { openDevice, renyi } from "webgfn";
 * const device = await openDevice();
 * console.log((await checkObjective(device, renyi({ alpha: 0.5 }))).problems); // []
 * device.dispose();
 * ```
 */
export async function checkObjective(device: Device, objective: Objective, options: ObjectiveCheckOptions = {}): Promise<CheckReport> {
  requireOptions("checkObjective", options, OPTIONS);
  requireArgument.device(device);
  requireArgument.object("objective", objective);
  requireParameters(objective.name, objective.parameters);
  const findings = new Findings(objective.name);
  const numbers = numbersOf(objective).length;
  if (numbers > 8) findings.problem("parameters", `${numbers} of them are numbers, but the GPU's table has room for 8`);
  const kernel = await compileObjective(device, objective);
  for (const { name, spread } of BATCHES) {
    const batch = madeUpBatch(options.seed ?? 1, spread);
    const shift = shiftOf(objective, batch);
    const found = await reduceOnGpu(device, kernel, objective, batch, shift);
    if (!checkFinite(found, name, findings)) continue;
    const expected = reduceOnHost(objective, batch, shift);
    if (expected !== undefined) compare(found, expected, name, findings);
  }
  findings.note(`the module was compiled and run on ${BATCHES.length} made-up batches of ${madeUpBatch(1, 1).length} trajectories`);
  if (objective.host === undefined) {
    findings.note("it has no host, so its numbers were not compared with float64; variance and exact gradients also need a host");
  }
  return findings.report();
}

/** log r̄, computed like training computes it from an initial batch. */
function shiftOf({ constant }: Objective, batch: readonly MadeUpTrajectory[]): number {
  const values = batch.map(({ logForward, logBackward, logReward }) =>
    constant === "reward" ? logReward : logReward + logBackward - logForward,
  );
  return Math.fround(largestOf(values));
}

function checkFinite({ coefficients, loss, scale }: Reduction, batch: string, findings: Findings): boolean {
  const at = coefficients.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) findings.problem("finite numbers", `a coefficient of the gradient is ${coefficients[at]} with ${batch}`);
  if (!Number.isFinite(loss)) findings.problem("finite numbers", `the loss is ${loss} with ${batch}`);
  if (!Number.isFinite(scale)) findings.problem("finite numbers", `the scale of the gradient is ${scale} with ${batch}`);
  return at < 0 && Number.isFinite(loss) && Number.isFinite(scale);
}

function compare(found: Reduction, expected: HostReduction, batch: string, findings: Findings): void {
  const size = expected.coefficients.reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0);
  const at = expected.coefficients.findIndex(
    (value, i) => value !== undefined && !(Math.abs((found.coefficients[i] as number) - value) <= ROUNDING * size),
  );
  const number = (value: number | undefined) => value?.toPrecision(6);
  if (at >= 0) {
    const message = `with ${batch}, a coefficient of the gradient is ${number(found.coefficients[at])} in WGSL and ${number(expected.coefficients[at])} in float64`;
    findings.problem("host", message);
  }
  if (expected.loss === undefined) return;
  if (!(Math.abs(found.loss - expected.loss) <= ROUNDING * (1 + Math.abs(expected.loss)))) {
    findings.problem("host", `with ${batch}, the loss is ${number(found.loss)} in WGSL and ${number(expected.loss)} in float64`);
  }
}
