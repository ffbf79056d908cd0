// The tables of docs/features.md: which objectives, estimators, sources, policies and environments combine. Each cell asks the code itself, by
// completing a configuration. `node packages/setup/features.mjs` writes the tables between their markers, `--check [PAGE]` fails where the page
// says something else.
import { fileURLToPath } from "node:url";
import { environmentNames, makeEnvironment } from "@webgfn/envs";
import { estimators, objectiveNames } from "@webgfn/objectives";
import { completeConfiguration } from "@webgfn/runs";
import { policies } from "@webgfn/sampler/internal";
import { SOURCES } from "@webgfn/trainer/internal";
import { markdownTable, renewPage } from "./generated-page.mjs";

const PAGE = fileURLToPath(new URL("../../docs/features.md", import.meta.url));

/** An environment that everything which depends on the objective alone combines with: all of its states may stop. */
const ANY = { environment: "hypergrid", env: { side: 4 } };
const mixed = (source) => (source === "policy" ? source : `policy:0.5,${source}:0.5`);

/** Why a configuration is refused; `undefined` where it is not. Objects from a file are the user's: that they are missing is no reason. */
function reason(configuration) {
  try {
    completeConfiguration(configuration);
    return undefined;
  } catch (error) {
    if (/has no objects to draw from/.test(error.message)) return undefined;
    const { title } = makeEnvironment(configuration.environment);
    // What holds for every environment of the kind, without the sizes of this one.
    return error.message
      .split(/, (?:and|which those of) /)[0]
      .replace(title, "it")
      .replace(new RegExp(`^${configuration.objective} `), "it ");
  }
}

/** Maximum likelihood learns from given objects alone. */
const sourceFor = (objective) => (objective === "maximum-likelihood" ? { source: "target" } : {});

const TABLES = [
  {
    title: "Objectives and estimators",
    corner: "objective",
    rows: objectiveNames,
    columns: Object.keys(estimators),
    ask: (objective, estimator) => ({ ...ANY, objective, estimator, ...sourceFor(objective) }),
  },
  {
    title: "Objectives and sources of trajectories",
    text: "A source stands for a share of each batch; the rest is the policy's. For `maximum-likelihood` it is the whole batch.",
    corner: "objective",
    rows: objectiveNames,
    columns: SOURCES,
    ask: (objective, source) => ({ ...ANY, objective, source: objective === "maximum-likelihood" ? source : mixed(source) }),
  },
  {
    title: "Objectives and environments",
    corner: "objective",
    rows: objectiveNames,
    columns: environmentNames,
    ask: (objective, environment) => ({
      environment,
      objective,
      policy: "mlp",
      ...(objective === "maximum-likelihood" && { source: "objects" }),
    }),
  },
  {
    title: "Objectives and policies",
    corner: "objective",
    rows: objectiveNames,
    columns: Object.keys(policies),
    // Trees are what a graph network reads.
    ask: (objective, policy) => ({
      environment: policy === "gin" ? "phylogenetics" : "hypergrid",
      objective,
      policy,
      ...(objective === "maximum-likelihood" && { source: "objects" }),
    }),
  },
  {
    title: "Environments, policies and sources",
    corner: "environment",
    rows: environmentNames,
    columns: [...Object.keys(policies), "learned p_B", ...SOURCES],
    ask: (environment, what) => ({
      environment,
      ...(what in policies ? { policy: what } : what === "learned p_B" ? { policy: "mlp", backward: "learned" } : { source: mixed(what) }),
    }),
  },
];

function tableOf({ title, text, corner, rows, columns, ask }) {
  const notes = [];
  const cell = (row, column) => {
    const why = reason(ask(row, column));
    if (why === undefined) return "yes";
    if (!notes.includes(why)) notes.push(why);
    return `no (${notes.indexOf(why) + 1})`;
  };
  const table = markdownTable([[corner, ...columns], ...rows.map((row) => [`\`${row}\``, ...columns.map((column) => cell(row, column))])]);
  const list = notes.map((note, k) => `${k + 1}. ${note[0].toUpperCase()}${note.slice(1)}.`).join("\n");
  return [`## ${title}`, ...(text ? [text] : []), table, ...(list === "" ? [] : [list])].join("\n\n");
}

renewPage(
  process.argv.slice(2),
  PAGE,
  "features",
  TABLES.map(tableOf),
  "the tables of docs/features.md are not what the code says: node packages/setup/features.mjs",
);
