import type { Configuration } from "@webgfn/runs";
import { SETTINGS, shortName } from "@webgfn/runs/internal";
import type { Evaluation } from "@webgfn/runs/node";
import { largestOf, smallestOf } from "@webgfn/tensor/internal";
import { columnValue, type MeasuredReplica, type Spread, spreadOf } from "@webgfn/trainer";
import { soundReplicas } from "@webgfn/trainer/internal";
import { nameOfObjective, parameterText } from "../runs.js";
import { axisOf, flattened, identityOf, type SettingAxis, type Settings, settingIn } from "./setting-axes.js";
import { curveOf, type Sweep, type SweptRun } from "./swept-runs.js";

/** A summary of one column over seeds. */
export interface Summary extends Spread {
  readonly low: number;
  readonly high: number;
  readonly seeds: number;
}

/** One combination of settings: its runs differ only in their seeds. */
export interface Variant {
  /** Index of its value on each axis. */
  readonly at: readonly number[];
  /** Index of its problem: an environment with its parameters and reward. */
  readonly problem: number;
  /** The objective's short name, and its name with orders; empty if not known yet. */
  readonly objective: string;
  readonly fullObjective: string;
  readonly runs: readonly SweptRun[];
  /** Number of seeds that it has or will have. */
  readonly planned: number;
  /** Its replicas after training; without those of unfinished runs if others are finished. */
  readonly final: readonly MeasuredReplica[];
  readonly isDone: boolean;
  /** Steps that its runs have taken, and their planned steps; `undefined` if none has begun. */
  readonly step: number | undefined;
  readonly steps: number | undefined;
  /** Seconds of training of all its runs. */
  readonly seconds: number | undefined;
}

/** The varying settings of a sweep, and all combinations. */
export interface Variants {
  readonly axes: readonly SettingAxis[];
  /** Titles of the problems: what is sampled. */
  readonly problems: readonly string[];
  readonly variants: readonly Variant[];
  /** Settings that all runs share, with their values as text. */
  readonly shared: readonly (readonly [string, string])[];
}

/** Settings that only distinguish repetitions. */
const SEEDS = ["seed", "replicas"];
const isOfProblem = (key: string) =>
  ["environment", "prior", "reward", "rewardTable", "rewardNetwork", "beta"].includes(key) ||
  key.startsWith("env.") ||
  key.startsWith("reward.");

/** Groups the runs of a sweep by their varying settings, except seeds. */
export function variantsOf({ runs }: Sweep): Variants {
  const groups = new Map<string, { settings: Settings; runs: SweptRun[] }>();
  for (const run of runs) {
    const all = flattened(run.settings);
    const entries = Object.entries(all).filter(([key]) => !SEEDS.includes(key));
    const identity = identityOf([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
    const group = groups.get(identity);
    if (group === undefined) groups.set(identity, { settings: Object.fromEntries(entries), runs: [run] });
    else group.runs.push(run);
  }
  const all = [...groups.values()];
  const keys = [...new Set(all.flatMap(({ settings }) => Object.keys(settings)))];
  // Settings that a list entry leaves out are read from the runs' configurations.
  const placed = keys.map((key) =>
    axisOf(
      key,
      all.map(({ settings, runs: own }) => {
        if (Object.hasOwn(settings, key)) return settings[key];
        const known = own.find(({ configuration }) => configuration !== undefined)?.configuration;
        return known && settingIn(known, key);
      }),
    ),
  );
  const varied = placed.filter(({ axis }) => axis.values.length > 1);
  const axes = varied.map(({ axis }) => axis);
  const environment = runs.find(({ configuration }) => configuration !== undefined)?.configuration?.environment;
  const problems: string[] = [];
  const variants = all.map(({ settings, runs: own }, k): Variant => {
    const at = varied.map((each) => each.at[k] as number);
    const known = own.find(({ configuration }) => configuration !== undefined)?.configuration;
    const title = problemTitle(axes, at, environment);
    if (!problems.includes(title)) problems.push(title);
    return { at, problem: problems.indexOf(title), ...objectiveOf(settings, known), runs: own, ...outcomeOf(own) };
  });
  return { axes, problems, variants, shared: sharedSettings(runs, axes) };
}

/** An environment with its parameters, such as `sets, items 8, size 3`. */
export function environmentText({ environment, env = {} }: Configuration): string {
  return [shortName(environment), ...Object.entries(env).map(([name, value]) => `${name} ${parameterText(value)}`)].join(", ");
}

/** The title of a combination's problem: the environment, and its varying parameters and reward. `shared`: the environment of all runs. */
function problemTitle(axes: readonly SettingAxis[], at: readonly number[], shared: string | undefined): string {
  const texts = axes.flatMap(({ key, values }, a) => {
    if (!isOfProblem(key)) return [];
    const text = values[at[a] as number] as string;
    return [key === "environment" ? shortName(text) : `${key.replace(/^env\./, "")} ${text}`];
  });
  const isNamed = shared === undefined || axes.some(({ key }) => key === "environment");
  return (isNamed ? texts : [shortName(shared), ...texts]).join(", ");
}

function objectiveOf(settings: Settings, known: Configuration | undefined): Pick<Variant, "objective" | "fullObjective"> {
  if (known !== undefined) return { objective: shortName(known.objective), fullObjective: nameOfObjective(known) };
  const { objective } = settings;
  const name = typeof objective === "string" ? shortName(objective) : "";
  return { objective: name, fullObjective: name };
}

function outcomeOf(runs: readonly SweptRun[]) {
  const done = runs.filter(({ state }) => state === "done");
  const counted = done.length > 0 ? done : runs;
  const latest = runs.flatMap(({ evaluations }) => evaluations.slice(-1));
  const steps = runs.flatMap(({ configuration }) => (configuration === undefined ? [] : [configuration.steps]));
  return {
    planned: runs.reduce((sum, run) => sum + replicasOf(run), 0),
    final: replicasAt(counted, ({ evaluations }) => {
      const last = evaluations.at(-1);
      return last !== undefined && last.step > 0 ? last : undefined;
    }),
    isDone: done.length === runs.length,
    step: latest.length === 0 ? undefined : largestOf(latest.map(({ step }) => step)),
    steps: steps.length === 0 ? undefined : largestOf(steps),
    seconds: latest.length === 0 ? undefined : latest.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** Number of seeds of a run, from its configuration or from the plan. */
function replicasOf({ configuration, settings }: SweptRun): number {
  const planned = settings["replicas"];
  return configuration?.replicas ?? (typeof planned === "number" && planned >= 1 ? planned : 1);
}

/** The replicas of several runs at one evaluation of each. A repeated seed counts once. */
function replicasAt(runs: readonly SweptRun[], choose: (run: SweptRun) => Evaluation | undefined): MeasuredReplica[] {
  const seeds = new Set<number>();
  return runs.flatMap((run) => {
    const first = run.configuration?.seed ?? 0;
    return (choose(run)?.replicas ?? []).filter((_, r) => seeds.size < seeds.add(first + r).size);
  });
}

/** The steps at which the curves of runs have points. */
export function stepsOf(runs: readonly SweptRun[]): number[] {
  return [...new Set(runs.flatMap((run) => curveOf(run).map(({ step }) => step)))].sort((a, b) => a - b);
}

/** The replicas of runs that have an evaluation at a step. */
export function replicasAtStep(runs: readonly SweptRun[], step: number): MeasuredReplica[] {
  return replicasAt(runs, ({ evaluations }) => evaluations.find((each) => each.step === step));
}

/** Summarises a column over the sound replicas; `undefined` if one of them has no value, or if none is sound. */
export function summaryOf(replicas: readonly MeasuredReplica[], key: string): Summary | undefined {
  const spread = spreadOf(replicas, key);
  // JSON may contain 1e999.
  if (spread === undefined || !Number.isFinite(spread.mean) || !Number.isFinite(spread.sd)) return undefined;
  const values = soundReplicas(replicas).map((replica) => columnValue(replica, key) as number);
  return { ...spread, low: smallestOf(values), high: largestOf(values), seeds: values.length };
}

function sharedSettings(runs: readonly SweptRun[], axes: readonly SettingAxis[]): (readonly [string, string])[] {
  const known = runs.flatMap(({ configuration }) => (configuration === undefined ? [] : [flattened(ordered(configuration))]));
  const [first, ...others] = known;
  if (first === undefined) return [];
  const isVaried = (key: string) => SEEDS.includes(key) || key === "files" || axes.some((axis) => axis.key === key);
  return Object.entries(first)
    .filter(([key, value]) => !isVaried(key) && value !== null && value !== undefined)
    .filter(([key, value]) => {
      const identity = identityOf(value);
      return others.every((other) => identityOf(other[key]) === identity);
    })
    .map(([key, value]) => [key, parameterText(value)] as const);
}

/** The fields of a configuration in the order of files and tables. */
function ordered(configuration: Configuration): Settings {
  return Object.fromEntries(Object.keys(SETTINGS).map((key) => [key, configuration[key as keyof Configuration]]));
}
