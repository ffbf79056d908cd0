import { type CheckReport, type Constraint, checkEnvironment, checkMetric, checkObjective, checkPolicy } from "@webgfn/check";
import { type Environment, hypergrid } from "@webgfn/envs";
import type { Estimator, Objective } from "@webgfn/objectives";
import { line, type OwnPart, roleOfPart } from "@webgfn/runs/internal";
import { listUserExports, loadUserModule, openQuietly, tell } from "@webgfn/runs/node/internal";
import type { Policy } from "@webgfn/sampler";
import { type Device, WebgfnError } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import type { Metric } from "@webgfn/trainer";
import { operand, wholeOption } from "../arguments.js";
import type { Arguments, Command } from "../command.js";
import { print } from "../output.js";

export const check: Command = {
  name: "check",
  summary: "check an environment, objective, policy or metric of your own",
  operands: "FILE.mjs[#NAME]",
  mostOperands: 1,
  options: {
    walks: { value: "N", text: "random trajectories through an environment (default 64)" },
    seed: { value: "N", text: "seed of everything that is random (default 1)" },
    constraint: { value: "NAME", text: "an export of the file that says whether an object obeys a rule (default constraint)" },
    json: { text: "print the reports as one JSON object" },
  },
  takesParameters: false,
  examples: ["check ./knapsack.mjs", "check ./knapsack.mjs#knapsack --constraint fits", "check ./chi2.mjs#chi2 --json"],
  run,
};

type Kind = OwnPart["role"];

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
  const subjects = await findSubjects(file);
  const environment = subjects.find(({ kind }) => kind === "environment")?.value as Environment | undefined;
  const constraint = await findConstraint(file, given.values.get("constraint"));
  const device = await openQuietly();
  const reports: (CheckReport & { export: string; kind: Kind })[] = [];
  try {
    for (const subject of subjects) {
      const report = await checkOne(device, subject, environment ?? hypergrid({ side: 4, r0: 0.1 }), {
        walks,
        seed,
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

/**
 * The exports to check: the named one, or all that are of a known kind. A function is called without arguments. Policies and metrics
 * are checked in the environment that the file exports, where it exports one, and otherwise in a small grid.
 */
async function findSubjects(file: string): Promise<Subject[]> {
  const references = await listUserExports(file);
  const isNamed = references.length === 1 && references[0] === file;
  const subjects: Subject[] = [];
  for (const reference of references) {
    let value = await loadUserModule(reference);
    if (typeof value === "function") {
      try {
        value = await value();
      } catch (cause) {
        // Without a name, functions may be helpers that need arguments.
        if (!isNamed) continue;
        const message = cause instanceof Error ? cause.message : String(cause);
        throw argumentError(`${reference} throws when it is called without arguments: ${message}`);
      }
    }
    const kind = roleOfPart(value);
    if (kind !== undefined) subjects.push({ reference, kind, value });
  }
  if (subjects.length === 0) {
    const what = isNamed ? `${file} is` : `${file} exports`;
    throw argumentError(
      `${what} no environment, objective, policy or metric`,
      "make one with defineEnvironment, defineObjective, definePolicy or defineMetric",
    );
  }
  return subjects;
}

/** The rule for objects: the named export, or one called `constraint` where there is one. */
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
  options: { walks: number; seed: number; constraint?: Constraint },
): Promise<CheckReport> {
  const { seed } = options;
  try {
    if (kind === "objective") return await checkObjective(device, value as Objective, { seed });
    if (kind === "policy") return await checkPolicy(device, value as Policy, environment, { seed });
    if (kind === "metric") return await checkMetric(device, value as Metric, environment, { seed });
    if (kind === "estimator") return unchecked(value as Estimator);
    const onProgress = (stage: string) => {
      if (process.stderr.isTTY) tell(`checking ${stage} …\n`);
    };
    return await checkEnvironment(device, value as Environment, { ...options, onProgress });
  } catch (error) {
    // A module that does not compile is the user's, as a wrong argument is.
    if (!(error instanceof WebgfnError) || error.code !== "shader") throw error;
    const { message, fix, cause } = error;
    throw new WebgfnError("argument", `${reference}: ${message}`, { cause, ...(fix === undefined ? {} : { fix }) });
  }
}

/** An estimator has no promise that a single batch could break. Its bias and its variance are measured. */
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
