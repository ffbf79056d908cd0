import { existsSync } from "node:fs";
import { type Configuration, type PartialConfiguration, parseConfiguration } from "@webgfn/runs";
import { diagnoseRun, environmentOf, exactLogZ, line, overlay, ownParts, SETTINGS, sentences, trainingResult } from "@webgfn/runs/internal";
import { RunFolder } from "@webgfn/runs/node";
import {
  carryOut,
  commandLine,
  Interruption,
  loadOwnFiles,
  type OwnFiles,
  openQuietly,
  optionOf,
  type Plan,
  partsOfRun,
  pathWord,
  readText,
  requireOwn,
  tell,
  trainingSummary,
  unnamedFiles,
  withParameterFiles,
} from "@webgfn/runs/node/internal";
import { WebgfnError } from "@webgfn/tensor";
import { argumentError, inBrief } from "@webgfn/tensor/internal";
import { ADAPTER_OPTION } from "../adapter-option.js";
import { configurationFromArguments, kebab, settingOptions, wholeOption } from "../arguments.js";
import { type Arguments, type Command, PREFIXES } from "../command.js";
import { LOG_OPTION, logFormat, logOption } from "../log-option.js";
import { print } from "../output.js";
import { isFolder, requireFolderName } from "../output-file.js";
import { namedParts } from "../own-file-options.js";
import { warnOfFaults } from "../warnings.js";

export const train: Command = {
  name: "train",
  summary: "train a GFlowNet; the defaults are the paper's settings",
  operands: "ENV|FILE.mjs#NAME",
  mostOperands: 1,
  options: {
    config: { value: "FILE", text: "a JSON file with any of these settings, such as a run's config.json; options override it" },
    ...settingOptions(Object.keys(SETTINGS)),
    environment: { value: "NAME", text: "the same as the operand ENV" },
    metric: { value: "FILE#NAME", text: "a metric of your own, measured at each evaluation; may be given several times", repeated: true },
    "reward-command": {
      value: "CMD",
      text: "a reward by a command: for each line, a JSON array of objects, it prints one line, the JSON array of their log R",
    },
    out: { value: "DIR", text: "write the run to this folder; without it nothing is written" },
    resume: {
      value: "DIR",
      text: "resume the run in this folder with its own settings, or start it if there is none; a larger --steps extends a run",
    },
    ...LOG_OPTION,
    "accept-changed-files": { text: "with --resume: load files of your own that have changed since the run began" },
    tune: { text: "first measure the fastest tile shapes on this adapter, and remember them; results stay the same" },
    ...ADAPTER_OPTION,
    json: { text: "print the result as one JSON object" },
  },
  parameters: PREFIXES,
  examples: [
    "train sets --replicas 3 --out runs/sets",
    "train hypergrid --env.side 8 --objective tb --steps 1000 --hidden 32,32",
    "train --config runs/sets/config.json --objective reverse-kl --json",
    "train --resume runs/sets --steps 1000 --log tensorboard",
    "train sets --objective forward-kl --source policy:0.5,objects:0.5 --objects sets.jsonl --out runs/fitted",
    "train ./knapsack.mjs#knapsack --env.items 5 --objective ./chi2.mjs#chi2 --objective.beta 0.2 --out runs/knapsack",
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const log = logFormat(given);
  const { plan: settings, folder: out } = await planned(given);
  const plan = { ...settings, tune: given.switches.has("tune"), ...(log && { log }) };
  const { configuration } = plan;
  const device = await openQuietly();
  const interruption = new Interruption();
  try {
    const outcome = await carryOut(device, plan, interruption.signal);
    const { after, environment: made } = outcome;
    if (!outcome.finished || after === undefined) {
      const advice =
        out === undefined ? "nothing was saved, because --out was not given" : `resume with: ${resumeLine(given, configuration, out)}`;
      tell(`webgfn: stopped at step ${outcome.step} of ${configuration.steps}; ${advice}\n`);
      return interruption.status;
    }
    const exact = exactLogZ(made, configuration);
    const findings = diagnoseRun({ configuration, evaluations: outcome.evaluations, exactLogZ: exact });
    const { adapter } = device;
    await print(
      given.switches.has("json")
        ? line(trainingResult(configuration, { ...outcome, after, exactLogZ: exact, adapter, folder: out, diagnosis: sentences(findings) }))
        : trainingSummary(configuration, made, outcome, adapter, out, withoutOut(given), findings),
    );
    warnOfFaults(after.replicas);
    const { problem } = made.hostReward ?? {};
    if (problem !== undefined) tell(`webgfn: ${problem}\n`);
    return after.replicas.some(({ fault }) => fault !== undefined) ? 1 : 0;
  } catch (cause) {
    throw blamed(cause, configuration);
  } finally {
    interruption.dispose();
    device.dispose();
  }
}

/** A shader error of a run with user files is bad usage: it becomes an error of code `argument`. Otherwise it is a bug of this project. */
function blamed(cause: unknown, configuration: Configuration): unknown {
  if (!(cause instanceof WebgfnError) || cause.code !== "shader" || ownParts(configuration, true).length === 0) return cause;
  return new WebgfnError("argument", cause.message, { ...(cause.fix !== undefined && { fix: cause.fix }), cause });
}

/** A plan of training, and the run's folder if there is one. */
interface Planned {
  plan: Plan;
  folder: string | undefined;
}

async function planned(given: Arguments): Promise<Planned> {
  const [out, resumed] = [given.values.get("out"), given.values.get("resume")];
  requireFolderName("--out", out);
  requireFolderName("--resume", resumed);
  if (out !== undefined && resumed !== undefined && out !== resumed) {
    throw argumentError(`--out ${out} and --resume ${resumed} name two folders`, "remove --out: a run is resumed in its own folder");
  }
  if (resumed === undefined && given.switches.has("accept-changed-files")) {
    throw argumentError("--accept-changed-files needs --resume: a new run loads files as they are");
  }
  if (resumed?.endsWith(".safetensors") && existsSync(resumed) && !isFolder(resumed)) {
    throw argumentError(
      `--resume names the folder of a run, but ${resumed} is a checkpoint by itself`,
      "give the folder: it has the settings, the metrics and the state of the optimiser, which an exported checkpoint lacks",
    );
  }
  const folder = resumed ?? out;
  if (resumed !== undefined && RunFolder.holdsRun(resumed)) return { plan: await continuedRun(given, resumed), folder };
  if (resumed !== undefined && given.operands.length === 0 && !given.values.has("config") && !given.values.has("environment")) {
    const { message } = vacancy(resumed);
    throw new WebgfnError("file", message, {
      fix: `name an environment to start one there: ${commandLine("train", "sets", "--resume", pathWord(resumed))}`,
    });
  }
  return { plan: await newRun(given, folder), folder };
}

/** The error that says why a folder has no run to resume. */
function vacancy(path: string): WebgfnError {
  try {
    RunFolder.open(path);
  } catch (cause) {
    if (cause instanceof WebgfnError) return cause;
    throw cause;
  }
  return new WebgfnError("file", `${path} holds no run`);
}

/** The settings in the file of `--config`. */
function configurationInFile({ values }: Arguments): PartialConfiguration {
  const file = values.get("config");
  return file === undefined ? {} : parseConfiguration(readText(file), file);
}

/**
 * The settings of a new run, and the parts loaded from the user's files that they name. A handwritten configuration may name files. A
 * configuration written by a run may come from somebody else. Its files are loaded only if the command line names them too.
 *
 * @param fromFile the settings of `--config`, or some of them.
 * @throws WebgfnError `argument` for a setting that is not acceptable, or a file that the command line must name.
 */
export async function newConfiguration(
  given: Arguments,
  words: readonly string[],
  fromFile: PartialConfiguration = configurationInFile(given),
): Promise<OwnFiles & { configuration: Configuration }> {
  const options = configurationFromArguments(given);
  const merged = overlay(fromFile, options);
  const named = namedParts(given, given.operands[0]);
  if (fromFile.files !== undefined) {
    const inherited = ownParts(merged, false);
    const run = {
      where: given.values.get("config") as string,
      configuration: merged as Configuration,
      roles: inherited.map(({ role }) => role),
      words,
      acceptsChanges: true,
    };
    const unnamed = unnamedFiles(run, named);
    if (unnamed !== undefined) throw unnamed;
  }
  const { files: _, ...settings } = merged;
  const own = await loadOwnFiles(ownParts(settings, false));
  const hasFiles = Object.keys(own.files).length > 0;
  return { ...own, configuration: withParameterFiles({ ...settings, ...(hasFiles ? { files: own.files } : {}) }, own.parts) };
}

async function newRun(given: Arguments, out: string | undefined): Promise<Plan> {
  const { configuration, parts } = await newConfiguration(given, ["train", ...withoutOut(given)]);
  if (out !== undefined) {
    RunFolder.checkVacant(out);
    RunFolder.checkSavable(configuration);
  }
  return { ...complete(configuration, parts), ...(out === undefined ? {} : { out }) };
}

function complete(configuration: Configuration, parts: OwnFiles["parts"]): Plan {
  return {
    configuration,
    parts: { ...parts, environment: environmentOf(configuration, parts) },
    checkpointEvery: configuration.checkpointEvery,
  };
}

async function continuedRun(given: Arguments, path: string): Promise<Plan> {
  const folder = RunFolder.open(path);
  const recorded = folder.configuration;
  const wanted = overlay(configurationInFile(given), configurationFromArguments(given));
  const own = ownParts(recorded, true);
  const isOwn = (role: string) => own.some((part) => part.role === role);
  const { environment: name } = wanted;
  if (name !== undefined && name !== recorded.environment && !isOwn("environment")) {
    throw argumentError(`${path} is a run of ${recorded.environment}, not of ${name}`, "remove the environment: --resume uses the run's");
  }
  const named = namedParts(given, given.operands[0]);
  requireOwn(path, recorded, named);
  const { parts, files } = await partsOfRun(
    {
      where: path,
      configuration: recorded,
      roles: ["environment", "objective", "policy", "estimator", "metric", "reward"],
      words: ["train", "--resume", path, ...logOption(given)],
      acceptsChanges: given.switches.has("accept-changed-files"),
    },
    named,
  );
  // Ignore the fields that name files: partsOfRun compares files by content, so their paths may change.
  const settings = Object.fromEntries(
    Object.entries(wanted).filter(([field]) => !isOwn(field) && field !== "metrics" && field !== "files"),
  );
  const configuration = continuedConfiguration(recorded, settings, parts);
  // Report a folder that is in use or damaged before opening an adapter.
  folder.claim();
  try {
    folder.findCheckpoint();
  } finally {
    folder.release();
  }
  return {
    ...complete(Object.keys(files).length > 0 ? { ...configuration, files } : configuration, parts),
    continued: folder,
    checkpointEvery: wholeOption(given, "checkpoint-every", recorded.checkpointEvery, 1),
  };
}

/**
 * The run's recorded settings, with more steps if wanted.
 *
 * @throws WebgfnError `argument` for any other setting that differs from the run's.
 */
function continuedConfiguration(recorded: Configuration, wanted: PartialConfiguration, parts: OwnFiles["parts"]): Configuration {
  const { checkpointEvery: _, ...settings } = wanted;
  const now = withParameterFiles(overlay(recorded, settings), parts);
  for (const field of Object.keys(SETTINGS) as (keyof Configuration)[]) {
    const [before, after] = [recorded[field], now[field]];
    if (field === "files" || JSON.stringify(before) === JSON.stringify(after)) continue;
    if (field === "steps" && now.steps > recorded.steps) continue;
    const { option, old } = difference(field, before, after);
    const fix = field === "steps" ? "give more steps, or remove --steps" : "remove it, or start a new run in another folder";
    throw argumentError(`${option} cannot be changed with --resume: the run's own value is ${old}`, fix);
  }
  return now;
}

/** The option of a setting that differs, and the run's value. */
function difference(field: keyof Configuration, before: unknown, after: unknown): { option: string; old: string } {
  const prefix = { env: "env", objectiveParameters: "objective", policyParameters: "policy", rewardParameters: "reward" }[field as string];
  if (prefix === undefined) return { option: `--${kebab(field)}`, old: settingText(before) };
  const [old, now] = [before ?? {}, after ?? {}] as Record<string, unknown>[];
  const names = [...Object.keys(old as object), ...Object.keys(now as object)];
  const name = names.find((each) => JSON.stringify(old?.[each]) !== JSON.stringify(now?.[each])) ?? "";
  return { option: `--${prefix}.${kebab(name)}`, old: settingText(old?.[name]) };
}

/** A setting as errors show it; a file is shown by its name. */
function settingText(value: unknown): string {
  const isFile = typeof value === "object" && value !== null && "name" in value && "text" in value;
  return inBrief(isFile ? value.name : (value ?? "not set"));
}

/** The command line that resumes a run. */
function resumeLine(given: Arguments, configuration: Configuration, path: string): string {
  const adapter = given.values.get("adapter");
  const ofSession = [...(adapter === undefined ? [] : ["--adapter", adapter]), ...logOption(given)];
  return commandLine("train", "--resume", pathWord(path), ...ownParts(configuration, true).flatMap(optionOf), ...ofSession);
}

/** Options that name the run's folder, or write to it. */
const FOLDER_OPTIONS = ["out", "resume", "log"];

/** The arguments of the same training without its folder. */
function withoutOut({ operands, values, lists, env, objective, policy, reward }: Arguments): string[] {
  const prefixed = Object.entries({ env, objective, policy, reward }).flatMap(([prefix, parameters]) =>
    [...parameters].flatMap(([name, value]) => [`--${prefix}.${kebab(name)}`, value]),
  );
  return [
    ...operands,
    ...prefixed,
    ...[...values].filter(([name]) => !FOLDER_OPTIONS.includes(name)).flatMap(([name, value]) => [`--${name}`, value]),
    ...[...lists].flatMap(([name, list]) => list.flatMap((value) => [`--${name}`, value])),
  ];
}
