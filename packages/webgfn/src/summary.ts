import { join } from "node:path";
import type { Environment } from "@webgfn/envs";
import type { AdapterDescription } from "@webgfn/tensor";
import type { Configuration } from "./configuration.js";
import { adapterText, exactLogZ, show, showSpread, spreadOf } from "./results.js";
import { commandLine } from "./shell.js";
import type { Outcome } from "./training.js";

/** `sets of 16 out of 32 items, renyi (alpha 0.5, estimator paper)` */
export function describeRun(configuration: Configuration, { title }: Environment): string {
  const { objective, estimator } = configuration;
  const details = [...orders(configuration), ...(estimator === "none" ? [] : [`estimator ${estimator}`])];
  return `${title}, ${objective}${details.length === 0 ? "" : ` (${details.join(", ")})`}`;
}

/** What belongs to an objective's name: `alpha 0.5`, `lambda 0.9`, `raw weights` or nothing. */
export function orders({ alpha, lambda, weights }: Pick<Configuration, "alpha" | "lambda" | "weights">): string[] {
  return [
    ...(alpha === null ? [] : [`alpha ${alpha}`]),
    ...(lambda === null ? [] : [`lambda ${lambda}`]),
    ...(weights === "raw" ? ["raw weights"] : []),
  ];
}

/** What a finished run says to people. */
export function trainingSummary(
  configuration: Configuration,
  environment: Environment,
  { before, after, rates }: Outcome,
  adapter: AdapterDescription,
  out: string | undefined,
  rerun: readonly string[],
): string {
  const { steps, batchSize, replicas } = configuration;
  const rows: [string, string][] = [];
  const spreads = (key: "l1" | "js" | "logZ") => ({
    first: spreadOf(before?.replicas ?? [], key),
    last: spreadOf(after?.replicas ?? [], key),
  });
  const note = replicas > 1 ? `   (mean ± sd over ${replicas} replicas)` : "";
  // The distance that the paper reports: L1 over discrete objects, the Jensen–Shannon divergence of densities.
  const key = spreads("l1").last === undefined ? "js" : "l1";
  const distance = spreads(key);
  if (distance.last !== undefined) {
    const from = distance.first === undefined ? "" : `${show(distance.first.mean)} -> `;
    rows.push([key === "l1" ? "L1" : "JS", `${from}${showSpread(distance.last, replicas)}${note}`]);
  }
  const logZ = spreads("logZ").last;
  const exact = exactLogZ(environment);
  if (logZ !== undefined) {
    rows.push([
      "log Z",
      `${logZ.mean.toFixed(4)}${replicas > 1 ? ` ± ${logZ.sd.toFixed(4)}` : ""}${exact === undefined ? "" : `   exact ${exact.toFixed(4)}`}`,
    ]);
  }
  rows.push([
    "speed",
    `${Math.round(rates.trajectoriesPerSecond)} trajectories/s   (${show(rates.stepsPerSecond)} steps/s, ${show(rates.seconds)} s of training)`,
  ]);
  rows.push(["adapter", adapterText(adapter)]);
  rows.push(["saved", out ?? "nowhere (--out DIR keeps a run)"]);
  return `${describeRun(configuration, environment)}: ${steps} steps of ${batchSize} trajectories

${rows.map(([name, text]) => `  ${name.padEnd(9)}${text}`).join("\n")}

What to try next:
${nextCommands(configuration, out, rerun)
  .map((command) => `  ${command}`)
  .join("\n")}
`;
}

function nextCommands({ environment: name, objective }: Configuration, out: string | undefined, rerun: readonly string[]): string[] {
  if (out === undefined) {
    const folder = `runs/${name}-${objective}`;
    return [
      commandLine("train", ...rerun, "--out", folder),
      commandLine("sample", folder, "--count", "5"),
      commandLine("evaluate", folder),
    ];
  }
  const other = objective === "tb" ? "renyi" : "tb";
  return [
    commandLine("sample", out, "--count", "5"),
    commandLine("evaluate", out),
    commandLine("train", "--config", join(out, "config.json"), "--objective", other, "--out", `${out.replace(/\/+$/, "")}-${other}`),
  ];
}
