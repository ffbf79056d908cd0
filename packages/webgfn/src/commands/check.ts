import { type CheckReport, type Constraint, checkEnvironment, checkMetric, checkObjective, checkPolicy, checkReward } from "@webgfn/check";
import { type Environment, hostReward, hypergrid, type Reward, type RewardFunction } from "@webgfn/envs";
import type { Estimator, Objective } from "@webgfn/objectives";
import { environmentOf, line, type OwnPart, roleOfPart, shortName } from "@webgfn/runs/internal";
import { listUserExports, loadUserModule, openQuietly, tell } from "@webgfn/runs/node/internal";
import type { Policy } from "@webgfn/sampler";
import { type Device, WebgfnError } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import type { Metric } from "@webgfn/trainer";
import { ADAPTER_OPTION } from "../adapter-option.js";
import { kebab, operand, wholeOption } from "../arguments.js";
import type { Arguments, Command } from "../command.js";
import { print } from "../output.js";
import { newConfiguration } from "./train.js";

export const check: Command = {
  name: "check",
  summary: "check an environment, reward, objective, policy or metric of your own",
  operands: "FILE.mjs[#NAME]",
  mostOperands: 1,
  options: {
    environment: { value: "ENV", text: "the environment to check a reward, policy or metric in; a reward needs one" },
    walks: { value: "N", text: "random trajectories through an environment (default 64)" },
    seed: { value: "N", text: "seed of everything that is random (default 1)" },
    constraint: { value: "NAME", text: "an export of the file that says whether an object obeys a rule (default constraint)" },
    "time-limit": { value: "S", text: "seconds that a call of a reward may take (default 60)" },
    ...ADAPTER_OPTION,
    json: { text: "print the reports as one JSON object" },
  },
  parameters: ["env"],
  examples: [
    "check ./knapsack.mjs",
    "check ./knapsack.mjs#knapsack --constraint fits",
    "check ./light.mjs#light --environment sets --env.items 10 --env.size 5",
    "check ./chi2.mjs#chi2 --json",
  ],
  run,
};

type Kind = OwnPart["role"];

const REWARD_ADVICE = "a function that is a reward needs its environment: --environment sets";

/** An export that can be checked. */
interface Subject {
  reference: string;
  kind: Kind;
  value: unknown;
}

async function run(given: Arguments): Promise<number> {
  const file = operand(check, given, "the file of a module, such as ./knapsack.mjs");
  const walks = wholeOption(given, "walks", 64, 1, 4096);
  const seed = wholeOption(given, "seed", 1, 0);
  const timeLimit = wholeOption(given, "time-limit", 60, 1, 1_000_000);
  const named = await namedEnvironment(given);
  const subjects = await findSubjects(file, named !== undefined);
  const environment = named ?? (subjects.find(({ kind }) => kind === "environment")?.value as Environment | undefined);
  const reward = subjects.find(({ kind }) => kind === "reward");
  if (reward !== undefined && environment === undefined) {
    throw argumentError(`${reward.reference} is a reward, and its objects are those of an environment`, "name it: --environment sets");
  }
  const constraint = await findConstraint(file, given.values.get("constraint"));
  const device = await openQuietly();
  const reports: (CheckReport & { export: string; kind: Kind })[] = [];
  try {
    for (const subject of subjects) {
      const report = await checkOne(device, subject, environment ?? hypergrid({ side: 4, r0: 0.1 }), {
        walks,
        seed,
        timeLimit,
        ...(constraint && { constraint }),
      });
      reports.push({ export: subject.reference, kind: subject.kind, ...report });
      if (!given.switches.has("json")) await print(`${reports.length > 1 ? "\n" : ""}${readable(subject, report)}`);
    }
  } finally {
    device.dispose();
  }
  const count = (list: "problems" | "warnings") => reports.reduce((sum, report) => sum + report[list].length, 0);
  if (given.switches.has("json")) await print(line({ file, problems: count("problems"), warnings: count("warnings"), reports }));
  return count("problems") === 0 ? 0 : 1;
}

/** The environment of `--environment`, with the parameters of `--env.NAME`. */
async function namedEnvironment(given: Arguments): Promise<Environment | undefined> {
  const name = given.values.get("environment");
  if (name === undefined) {
    const [parameter] = given.env.keys();
    if (parameter !== undefined) throw argumentError(`--env.${kebab(parameter)} needs --environment`);
    return undefined;
  }
  const values = new Map([["environment", name]]);
  const { configuration, parts } = await newConfiguration({ ...given, operands: [], values }, ["check"]);
  return environmentOf(configuration, parts);
}

/**
 * The exports to check: the named one, or all that are of a known kind. With `--environment`, a function is a reward if the command names it or
 * if it is the only export. Any other function is called without arguments, and its result is checked.
 */
async function findSubjects(file: string, hasEnvironment: boolean): Promise<Subject[]> {
  const references = await listUserExports(file);
  const isNamed = references.length === 1 && references[0] === file;
  const subjects: Subject[] = [];
  for (const reference of references) {
    let value = await loadUserModule(reference);
    if (typeof value === "function" && hasEnvironment && references.length === 1) {
      subjects.push({ reference, kind: "reward", value: hostReward(value as RewardFunction, { name: shortName(reference) }) });
      continue;
    }
    if (typeof value === "function") {
      try {
        value = await value();
      } catch (cause) {
        // Without a name, functions may be helpers that need arguments.
        if (!isNamed) continue;
        const message = cause instanceof Error ? cause.message : String(cause);
        throw argumentError(`${reference} throws when it is called without arguments: ${message}`, REWARD_ADVICE);
      }
    }
    const kind = roleOfPart(value);
    if (kind !== undefined) subjects.push({ reference, kind, value });
  }
  if (subjects.length === 0) {
    const what = isNamed ? `${file} is` : `${file} exports`;
    throw argumentError(
      `${what} no environment, reward, objective, policy or metric`,
      `make one with defineEnvironment, hostReward, defineObjective, definePolicy or defineMetric; ${REWARD_ADVICE}`,
    );
  }
  return subjects;
}

/** The rule for objects: the named export, or the export called `constraint` if there is one. */
async function findConstraint(file: string, name: string | undefined): Promise<Constraint | undefined> {
  const path = file.replace(/#.*$/, "");
  const wanted = `${path}#${name ?? "constraint"}`;
  if (name === undefined && !(await listUserExports(path)).includes(wanted)) return undefined;
  const value = await loadUserModule(wanted);
  if (typeof value !== "function") throw argumentError(`${wanted} is not a function of an object`);
  return value as Constraint;
}

async function checkOne(
  device: Device,
  { reference, kind, value }: Subject,
  environment: Environment,
  { timeLimit, ...options }: { walks: number; seed: number; timeLimit: number; constraint?: Constraint },
): Promise<CheckReport> {
  const { seed, walks } = options;
  try {
    if (kind === "reward") return await checkReward(device, value as Reward, environment, { walks, seed, timeLimit });
    if (kind === "objective") return await checkObjective(device, value as Objective, { seed });
    if (kind === "policy") return await checkPolicy(device, value as Policy, environment, { seed });
    if (kind === "metric") return await checkMetric(device, value as Metric, environment, { seed });
    if (kind === "estimator") return unchecked(value as Estimator);
    const onProgress = (stage: string) => {
      if (process.stderr.isTTY) tell(`checking ${stage} …\n`);
    };
    return await checkEnvironment(device, value as Environment, { ...options, onProgress });
  } catch (error) {
    // A module that does not compile is the user's mistake, like a wrong argument.
    if (!(error instanceof WebgfnError) || error.code !== "shader") throw error;
    const { message, fix, cause } = error;
    throw new WebgfnError("argument", `${reference}: ${message}`, { cause, ...(fix === undefined ? {} : { fix }) });
  }
}

/** An estimator makes no promise that a single batch could break. To judge one, measure its bias and variance. */
function unchecked({ name }: Estimator): CheckReport {
  return { title: name, problems: [], warnings: [], notes: ["`webgfn variance` measures the bias and the variance of an estimator"] };
}

function counted(count: number, noun: string): string {
  return `${count === 0 ? "no" : count} ${noun}${count === 1 ? "" : "s"}`;
}

function readable({ reference, kind }: Subject, { title, problems, warnings, notes }: CheckReport): string {
  const lines = [
    ...problems.map(({ message }) => `  problem  ${message}`),
    ...warnings.map(({ message }) => `  warning  ${message}`),
    ...notes.map((note) => `  note     ${note}`),
  ];
  return `${reference}, ${kind} "${title}": ${counted(problems.length, "problem")}, ${counted(warnings.length, "warning")}
${lines.join("\n")}
`;
}
