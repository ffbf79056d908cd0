// The tables of docs/features.md: which objectives, estimators, sources, policies and environments combine. Each cell asks the code itself, by
// completing a configuration. `node packages/setup/features.mjs` writes the tables between their markers, `--check [PAGE]` fails where the page
// says something else.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { environmentNames, makeEnvironment } from "@webgfn/envs";
import { estimators, objectiveNames } from "@webgfn/objectives";
import { completeConfiguration } from "@webgfn/runs";
import { policies } from "@webgfn/sampler/internal";
import { SOURCES } from "@webgfn/trainer/internal";
import { writeFile } from "./write-file.mjs";

const PAGE = fileURLToPath(new URL("../../docs/features.md", import.meta.url));
const START = "<!-- features:start -->\n";
const END = "<!-- features:end -->";

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
  const lines = rows.map((row) => [`\`${row}\``, ...columns.map((column) => cell(row, column))]);
  const all = [[corner, ...columns], ...lines];
  const widths = all[0].map((_, k) => Math.max(...all.map((line) => line[k].length)));
  const lineOf = (cells, fill = " ") => `| ${cells.map((text, k) => text.padEnd(widths[k], fill)).join(" | ")} |`;
  const [head, ...body] = all;
  const table = [
    lineOf(head),
    lineOf(
      head.map(() => ""),
      "-",
    ),
    ...body.map((line) => lineOf(line)),
  ].join("\n");
  const list = notes.map((note, k) => `${k + 1}. ${note[0].toUpperCase()}${note.slice(1)}.`).join("\n");
  return [`## ${title}`, ...(text ? [text] : []), table, ...(list === "" ? [] : [list])].join("\n\n");
}

const [flag, file = PAGE] = process.argv.slice(2);
const page = readFileSync(file, "utf8");
const [start, end] = [page.indexOf(START), page.indexOf(END)];
if (start < 0 || end < start) throw new Error("docs/features.md has no place for the tables");
const wanted = `${page.slice(0, start + START.length)}\n${TABLES.map(tableOf).join("\n\n")}\n\n${page.slice(end)}`;
if (flag !== "--check") writeFile(PAGE, wanted);
else if (page !== wanted) {
  process.stderr.write("the tables of docs/features.md are not what the code says: node packages/setup/features.mjs\n");
  process.exit(1);
}
