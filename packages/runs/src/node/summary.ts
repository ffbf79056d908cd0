import { join } from "node:path";
import type { Environment, RewardCounts } from "@webgfn/envs";
import type { AdapterDescription } from "@webgfn/tensor";
import { inBrief, largestOf, shownName } from "@webgfn/tensor/internal";
import { type Column, type Finding, type MeasuredReplica, spreadOf } from "@webgfn/trainer";
import { hasBefore, soundReplicas } from "@webgfn/trainer/internal";
import type { Configuration } from "../configuration.js";
import { diagnosisText, rewardEvaluations } from "../diagnosis.js";
import { shortName } from "../file-reference.js";
import { ownParts } from "../parts.js";
import { adapterText, exactLogZ, show, showSpread } from "../results.js";
import { optionOf } from "./own-files.js";
import { commandLine, pathWord } from "./shell.js";
import type { Outcome } from "./training.js";

/** `sets of 16 out of 32 items, renyi (alpha 0.5, estimator paper)` */
export function describeRun(configuration: Configuration, { title }: Environment): string {
  const { objective, estimator, prior } = configuration;
  const details = [
    ...orders(configuration),
    ...(estimator === "none" ? [] : [`estimator ${shownName(shortName(estimator))}`]),
    ...(prior === undefined ? [] : [`prior ${shownName(prior.name)}`]),
  ];
  return `${title}, ${shownName(shortName(objective))}${details.length === 0 ? "" : ` (${details.join(", ")})`}`;
}

/** Parameters to show with an objective's name: `alpha 0.5`, `lambda 0.9`, `raw weights`, `huber loss`, user-defined parameters, or none. */
export function orders(configuration: Configuration): string[] {
  const { alpha, lambda, weights, loss, delta, skew, objectiveParameters = {} } = configuration;
  return [
    ...(alpha === null ? [] : [`alpha ${alpha}`]),
    ...(lambda === null ? [] : [`lambda ${lambda}`]),
    ...(weights === "raw" ? ["raw weights"] : []),
    ...(loss === null || loss === "square" ? [] : [`${loss} loss`]),
    ...(loss === "huber" ? [`delta ${delta}`] : []),
    ...(loss === "linex" ? [`skew ${skew}`] : []),
    ...Object.entries(objectiveParameters).map(([name, value]) => `${shownName(name)} ${inBrief(value)}`),
  ];
}

/** The summary of a finished run for the terminal. */
export function trainingSummary(
  configuration: Configuration,
  environment: Environment,
  { before, after, columns, rates }: Outcome,
  adapter: AdapterDescription,
  out: string | undefined,
  rerun: readonly string[],
  findings: readonly Finding[],
): string {
  const { steps, batchSize, replicas } = configuration;
  const rows: [string, string][] = [];
  for (const column of columns.filter(inSummary)) {
    const text = columnText(column, before?.replicas ?? [], after?.replicas ?? [], exactLogZ(environment, configuration));
    if (text !== undefined) rows.push([shownName(column.label), text]);
  }
  const sound = soundReplicas(after?.replicas ?? []).length;
  if (rows[0] !== undefined && replicas > 1) rows[0][1] += `   (mean ± sd over ${sound} replica${sound === 1 ? "" : "s"})`;
  rows.push([
    "speed",
    `${Math.round(rates.trajectoriesPerSecond)} trajectories/s   (${show(rates.stepsPerSecond)} steps/s, ${show(rates.seconds)} s of training)`,
  ]);
  rows.push(["rewards", rewardsText(environment, rewardEvaluations(configuration, after?.step ?? 0), after?.rewards)]);
  rows.push(["adapter", adapterText(adapter)]);
  rows.push(["saved", out ?? "nowhere (--out DIR keeps a run)"]);
  const said = diagnosisText(findings);
  const width = 2 + largestOf(rows.map(([name]) => name.length));
  return `${describeRun(configuration, environment)}: ${steps} steps of ${batchSize} trajectories

${rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`).join("\n")}

${said === "" ? "" : `${said}\n`}What to try next:
${nextCommands(configuration, out, rerun)
  .map((command) => `  ${command}`)
  .join("\n")}
`;
}

/** Text with the number of rewards in training, and the evaluations of a reward on the host, including those for evaluations of the policy. */
function rewardsText(environment: Environment, inTraining: number, counts: RewardCounts | undefined): string {
  const text = `${inTraining.toLocaleString("en")} in training`;
  if (counts === undefined) return text;
  const { evaluated, seconds } = counts;
  const which = environment.hostReward === undefined ? "all objects at the start of a session" : "those of evaluations among them";
  return `${text}   (${evaluated.toLocaleString("en")} evaluated, ${which}, in ${show(seconds)} s)`;
}

/** Whether the summary shows a column: it must be comparable between runs. An error is shown next to its value. */
function inSummary({ shown = "everywhere", perObjective = false, errorOf }: Column): boolean {
  return shown === "everywhere" && !perObjective && errorOf === undefined;
}

/**
 * `0.5699 -> 0.0207 ± 0.0009`, or `28.3415 ± 0.0002   exact 28.3415`; `undefined` if a sound replica has no value. A value without a
 * direction of improvement is compared with another one, so its decimals matter regardless of its size.
 */
function columnText(
  column: Column,
  before: readonly MeasuredReplica[],
  after: readonly MeasuredReplica[],
  exactLogZ: number | undefined,
): string | undefined {
  const { key, better } = column;
  const [first, last] = [hasBefore(column) ? spreadOf(before, key) : undefined, spreadOf(after, key)];
  if (last === undefined) return undefined;
  const count = soundReplicas(after).length;
  const start = first === undefined ? "" : `${show(first.mean)} -> `;
  const decimals = `${last.mean.toFixed(4)}${count > 1 ? ` ± ${last.sd.toFixed(4)}` : ""}`;
  const exact = key !== "logZ" || exactLogZ === undefined ? "" : `   exact ${exactLogZ.toFixed(4)}`;
  return `${start}${better === undefined ? decimals : showSpread(last, count)}${exact}`;
}

function nextCommands(configuration: Configuration, out: string | undefined, rerun: readonly string[]): string[] {
  const { environment: name, objective } = configuration;
  // Name the user's files again: no run loads them by itself.
  const files = (...roles: string[]) => ownParts(configuration, true).flatMap((part) => (roles.includes(part.role) ? optionOf(part) : []));
  const reading = (folder: string) => [
    commandLine("sample", pathWord(folder), "--count", "5", ...files("environment", "policy")),
    commandLine("evaluate", pathWord(folder), ...files("environment", "objective", "policy", "reward")),
  ];
  if (out === undefined) {
    const folder = `runs/${shortName(name)}-${shortName(objective)}`;
    return [commandLine("train", ...rerun, "--out", folder), ...reading(folder)];
  }
  const other = objective === "tb" ? "renyi" : "tb";
  const again = [
    "train",
    "--config",
    pathWord(join(out, "config.json")),
    "--objective",
    other,
    ...files("environment", "policy", "metric", "reward"),
  ];
  return [...reading(out), commandLine(...again, "--out", pathWord(`${out.replace(/\/+$/, "")}-${other}`))];
}
