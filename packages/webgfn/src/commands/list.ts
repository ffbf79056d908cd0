import { type Capability, type EnvironmentName, environmentDeclarations, environmentNames, makeEnvironment } from "@webgfn/envs";
import { estimators, makeObjective, objectiveNames } from "@webgfn/objectives";
import { completeConfiguration } from "@webgfn/runs";
import { line } from "@webgfn/runs/internal";
import { policies } from "@webgfn/sampler/internal";
import type { Parameter, ParameterValue } from "@webgfn/tensor";
import { SOURCES } from "@webgfn/trainer/internal";
import { kebab } from "../arguments.js";
import type { Arguments, Command } from "../command.js";
import { print } from "../output.js";

export const list: Command = {
  name: "list",
  summary: "list environments, objectives, policies, estimators and sources with their defaults",
  operands: "",
  mostOperands: 0,
  options: { json: { text: "print the list as one JSON object" } },
  parameters: [],
  examples: ["list", "list --json"],
  run,
};

/** What each source of trajectories is. */
const SOURCE_TEXTS: Readonly<Record<(typeof SOURCES)[number], string>> = {
  policy: "sampled by the policy",
  "local-search": "objects of the replay buffer, whose last actions the policy samples anew",
  replay: "objects that the policy has sampled before",
  objects: "objects from a file: --objects FILE",
  target: "exact samples of the target, where the environment has them",
};

async function run(given: Arguments): Promise<number> {
  const lists = {
    environments: (environmentNames as readonly EnvironmentName[]).map(describeEnvironment),
    objectives: objectiveNames.map((name) => {
      const { family, learns, parameters } = makeObjective(name);
      const value = (parameter: string) => (parameters[parameter]?.value ?? null) as number | null;
      return {
        name,
        family,
        alpha: value("alpha"),
        lambda: value("lambda"),
        weights: (parameters["weights"]?.value ?? null) as string | null,
        parameters: declared(parameters),
        learnsLogZ: learns.includes("log-z"),
        learnsFlow: learns.includes("flow"),
      };
    }),
    policies: Object.values(policies).map(({ name, parameters }) => ({ name, parameters: declared(parameters) })),
    estimators: Object.values(estimators).map(({ name, smallestBatch }) => ({ name, smallestBatch })),
    sources: SOURCES.map((name) => ({ name, text: SOURCE_TEXTS[name] })),
  };
  await print(given.switches.has("json") ? line(lists) : readable(lists));
  return 0;
}

function describeEnvironment(name: EnvironmentName) {
  const made = makeEnvironment(name);
  const { title, parameters, actions, horizon, features, featureOrder, enumeration, exactLogZ, exactSampling, objects } = made;
  const { batchSize, steps, policy, hidden, objective, learningRate, anneal } = completeConfiguration({ environment: name });
  return {
    name,
    title,
    parameters,
    declared: declared(environmentDeclarations[name]?.parameters ?? {}),
    defaults: { batchSize, steps, policy, hidden, objective, learningRate, anneal },
    actions,
    horizon,
    features,
    featureOrder,
    enumerable: capability(enumeration),
    exactLogZ: capability(exactLogZ),
    exactSampling: capability(exactSampling),
    objects: {
      kind: objects.kind,
      columns: (objects.columns.value ?? []).map(({ name: column, dtype, shape }) => ({ name: column, dtype, shape })),
    },
  };
}

/** All parameters of an environment, objective or policy, including those without a default. */
function declared(parameters: Readonly<Record<string, Omit<Parameter, "value"> & { value?: ParameterValue; file?: true }>>) {
  return Object.entries(parameters).map(([parameter, { value, rule, help, file }]) => ({
    name: parameter,
    default: value ?? null,
    accepts: rule.words,
    help,
    file: file === true,
  }));
}

function capability(offered: Capability<unknown>): { available: true } | { available: false; reason: string } {
  return offered.available ? { available: true } : { available: false, reason: offered.reason };
}

function readable({
  environments,
  objectives,
  estimators: kinds,
  sources,
}: {
  environments: readonly ReturnType<typeof describeEnvironment>[];
  objectives: readonly { name: string; family: string; parameters: ReturnType<typeof declared> }[];
  estimators: readonly { name: string; smallestBatch: number }[];
  sources: readonly { name: string; text: string }[];
}): string {
  const pairs = (values: object) =>
    Object.entries(values)
      .map(([name, value]) => `--env.${kebab(name)} ${Array.isArray(value) ? value.join(":") : value}`)
      .join(" ");
  return `Environments, with their default parameters:
${environments.map(({ name, title, parameters }) => `  ${name.padEnd(21)}${title}${Object.keys(parameters).length === 0 ? "" : `: ${pairs(parameters)}`}`).join("\n")}

Objectives:
${objectives.map(({ name, family, parameters }) => `  ${name.padEnd(20)}${[family === "balance" ? "balance loss" : family, ...parameters.map((own) => `--${kebab(own.name)} ${own.default}`)].join(", ")}`).join("\n")}

Estimators of a divergence's gradient:
${kinds.map(({ name, smallestBatch }) => `  ${name.padEnd(18)}batches of ${smallestBatch} or more`).join("\n")}

Sources of trajectories, with shares such as --source policy:0.5,replay:0.5:
${sources.map(({ name, text }) => `  ${name.padEnd(18)}${text}`).join("\n")}
`;
}
