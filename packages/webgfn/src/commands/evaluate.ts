import { extname } from "node:path";
import type { Environment } from "@webgfn/envs";
import { EDGE_FORMATS, parseGraph } from "@webgfn/envs/internal";
import {
  diagnoseRun,
  diagnosisText,
  exactLogZ,
  known,
  line,
  objectiveOf,
  priorOfConfiguration,
  sentences,
  show,
  spreads,
} from "@webgfn/runs/internal";
import { describeRun, type LoadedRun, openQuietly, readDataFile } from "@webgfn/runs/node/internal";
import { replicasOf, unstackLayers } from "@webgfn/sampler/internal";
import type { Device } from "@webgfn/tensor";
import { argumentError, shownName } from "@webgfn/tensor/internal";
import {
  type CladeFrequencies,
  type Column,
  columnValue,
  type EdgeMarginals,
  evaluateModel,
  type FullEvaluation,
  type FullEvaluationOptions,
  listTarget,
  type Prior,
  type ReplicaReport,
} from "@webgfn/trainer";
import { faultsOf, priorOf } from "@webgfn/trainer/internal";
import { ADAPTER_OPTION } from "../adapter-option.js";
import { parseNumber, wholeOption } from "../arguments.js";
import type { Arguments, Command } from "../command.js";
import { type Entry, exactDistribution } from "../exact-distribution.js";
import { evaluationsOf, loadRun } from "../loading.js";
import { print } from "../output.js";
import { requireNoFolder, writeInPieces } from "../output-file.js";
import { OWN_FILE_OPTIONS } from "../own-file-options.js";
import { table } from "../table.js";
import { warnOfFaults } from "../warnings.js";

export const evaluate: Command = {
  name: "evaluate",
  summary: "measure a trained run against its target",
  operands: "DIR",
  mostOperands: 1,
  options: {
    distribution: { text: "add every object's exact probability beside the target (environments that can be enumerated)" },
    replica: { value: "N", text: "whose distribution and edge marginals (default 0)" },
    objects: { value: "N", text: "objects sampled from every replica for its best, its modes and its sample size (default 1024)" },
    top: { value: "K", text: "how many of the best distinct objects topReward is the mean of (default 100)" },
    "mode-threshold": { value: "X", text: "log reward from which an object counts as a mode (default the environment's own)" },
    reference: { value: "FILE", text: "graph to compare sampled graphs with: edges as CSV, JSON or DOT, or an adjacency matrix" },
    graphs: { value: "K", text: "how many of the best graphs and of the commonest equivalence classes are listed (default 5)" },
    edges: { value: "FILE", text: `write the probability of every edge, as ${Object.keys(EDGE_FORMATS).join(", ")} by the file's ending` },
    ...OWN_FILE_OPTIONS,
    ...ADAPTER_OPTION,
    json: { text: "print the result as one JSON object" },
  },
  parameters: [],
  examples: [
    "evaluate runs/sets",
    "evaluate runs/sets --objects 4096 --top 10 --mode-threshold 9.5",
    "evaluate runs/grid --distribution --replica 1 --json > distribution.json",
    "evaluate runs/dags --reference true-graph.csv --edges posterior.dot",
  ],
  run,
};

/** A replica without its loss. */
type MeasuredEntry = Omit<ReplicaReport, "loss" | "edgeMarginals" | "cladeFrequencies">;

/** Objects in the table of the likeliest ones. */
const SHOWN = 10;
/** Clades in a table. */
const MOST_CLADES = 12;
/** Variables of a table of edges that fits a terminal. */
const MOST_IN_TABLE = 12;
/** Letters of a variable's name in a table, and of an object. */
const LONGEST_NAME = 24;
const LONGEST_OBJECT = 2000;

async function run(given: Arguments): Promise<number> {
  const opened = await loadRun(evaluate, given, ["environment", "objective", "policy", "reward"]);
  const { configuration, checkpoint, replica } = opened;
  const wanted = given.switches.has("distribution");
  const options = { ...evaluationOptions(given), ...referenceOf(given, opened.environment) };
  const writeEdges = edgeWriter(given, opened.environment);
  const device = await openQuietly();
  try {
    const environment = await listTarget(device, opened.environment);
    const loaded = { ...opened, environment };
    if (wanted && !environment.enumeration.available) {
      throw argumentError(`--distribution is not to be had: ${environment.enumeration.reason}`);
    }
    announceSlowSums(environment);
    const prior = await priorOfRun(loaded);
    const { replicas: reports, columns, heldOut, modeThreshold } = await measure(device, loaded, prior, options);
    const replicas = reports.map(measured);
    warnOfFaults(replicas);
    const edges = reports[replica]?.edgeMarginals;
    if (edges !== undefined) await writeEdges?.(edges);
    const clades = reports[replica]?.cladeFrequencies;
    const distribution = wanted ? await exactDistribution(device, loaded, prior) : undefined;
    const exact = exactLogZ(environment, configuration);
    const findings = diagnoseRun({
      configuration,
      evaluations: evaluationsOf(given),
      exactLogZ: exact,
      full: { evaluation: { step: checkpoint.step, replicas: reports }, samples: options.objects },
    });
    if (given.switches.has("json")) {
      const { environment: name, objective, alpha, estimator, steps } = configuration;
      await print(
        line({
          environment: name,
          objective,
          alpha,
          estimator,
          step: checkpoint.step,
          steps,
          replicas,
          summary: spreads(columns, replicas),
          ...known({ exactLogZ: exact }),
          diagnosis: sentences(findings),
          heldOut,
          modeThreshold,
          ...known({ edgeMarginals: edges, cladeFrequencies: clades }),
          adapter: device.adapter,
          ...(distribution === undefined ? {} : { replica, distribution }),
        }),
      );
      return 0;
    }
    await print(
      `${describeRun(configuration, environment)}: step ${checkpoint.step} of ${configuration.steps}\n\n${replicaTable(columns, replicas)}`,
    );
    if (exact !== undefined) await print(`\n  exact log Z ${show(exact)}\n`);
    await print(`\n${explanation(environment, heldOut, prior, modeThreshold)}`);
    const said = diagnosisText(findings);
    if (said !== "") await print(`\n${said}`);
    const { picture } = environment.objects;
    if (edges !== undefined && picture.kind === "edges") await print(`\n${graphTables(environment, picture.names, edges, replica)}`);
    if (clades !== undefined && picture.kind === "trees") await print(`\n${cladeTable(picture.names ?? [], clades, replica)}`);
    if (distribution !== undefined) await print(`\n${distributionTable(distribution, replica)}`);
    return 0;
  } finally {
    device.dispose();
  }
}

/** From this number of variables on, the exact probabilities of paths take more than a few seconds. */
const SLOW_PATHS = 12;

function announceSlowSums({ objects: { picture } }: Environment): void {
  if (picture.kind !== "edges" || !picture.exactPaths?.available || picture.names.length < SLOW_PATHS) return;
  process.stderr.write(
    `webgfn: summing over all graphs of ${picture.names.length} variables for the exact edges and paths; this takes about 20 seconds\n`,
  );
}

function evaluationOptions(given: Arguments): FullEvaluationOptions & { objects: number } {
  const threshold = given.values.get("mode-threshold");
  return {
    objects: wholeOption(given, "objects", 1024, 1, 2 ** 20),
    top: wholeOption(given, "top", 100, 1),
    listed: wholeOption(given, "graphs", 5, 0),
    ...(threshold === undefined ? {} : { modeThreshold: parseNumber("--mode-threshold", threshold) }),
  };
}

/** One replica in JSON: the loss belongs to a training batch, and edge marginals are those of the chosen replica. */
function measured({ loss: _, edgeMarginals: __, cladeFrequencies: ___, ...replica }: ReplicaReport): MeasuredEntry {
  return replica;
}

/** The graph that `--reference` names. @throws WebgfnError `argument` if objects are not graphs. */
function referenceOf(given: Arguments, environment: Environment): Pick<FullEvaluationOptions, "reference"> {
  const path = given.values.get("reference");
  if (path === undefined) return {};
  const { picture } = environment.objects;
  if (picture.kind !== "edges") throw argumentError(`--reference names a graph, but the objects of ${environment.title} are no graphs`);
  return { reference: parseGraph(readDataFile(path), picture.names) };
}

/** Writes the file that `--edges` names. @throws WebgfnError `argument` for another ending, or if objects are not graphs. */
function edgeWriter(given: Arguments, environment: Environment): ((edges: EdgeMarginals) => Promise<void>) | undefined {
  const path = given.values.get("edges");
  if (path === undefined) return undefined;
  const { picture } = environment.objects;
  if (picture.kind !== "edges")
    throw argumentError(`--edges writes the edges of graphs, but the objects of ${environment.title} are no graphs`);
  const format = EDGE_FORMATS[extname(path).toLowerCase()];
  if (format === undefined) {
    throw argumentError(`--edges names a file that ends in ${Object.keys(EDGE_FORMATS).join(", ")}, not ${shownName(path, LONGEST_NAME)}`);
  }
  requireNoFolder("--edges", path);
  return ({ sampled, exact }) =>
    writeInPieces(path, async (write) => {
      await write(format({ names: picture.names, sampled, ...(exact && { exact }) }));
    });
}

/** The policy of the run's prior, if the run was trained with one. */
async function priorOfRun({ configuration, environment, policy }: LoadedRun): Promise<Prior | undefined> {
  const prior = priorOfConfiguration(configuration);
  return prior && (await priorOf(prior.checkpoint, { environment, policy }));
}

/** Measures a checkpoint; no training kernel is compiled. */
function measure(device: Device, loaded: LoadedRun, prior: Prior | undefined, options: FullEvaluationOptions): Promise<FullEvaluation> {
  const { configuration, checkpoint, environment, network, parts } = loaded;
  const { seed, replicas } = configuration;
  const learnsLogZ = objectiveOf(configuration, parts).learns.includes("log-z") || configuration.logZ === "learned";
  const learnedLogZ = () => replicasOf(checkpoint.tensors, "log_z", [replicas]).map(([value = 0]) => value);
  const model = {
    environment,
    network,
    weights: unstackLayers("policy", network, checkpoint.tensors, replicas),
    seed,
    step: checkpoint.step,
    ...(learnsLogZ ? { learnedLogZ: learnedLogZ() } : {}),
    faults: faultsOf(checkpoint, replicas),
    ...(prior && { prior }),
  };
  return evaluateModel(device, model, options);
}

/** A row per replica, with every column that one of them has. */
export function replicaTable(columns: readonly Column[], replicas: readonly { seed: number }[]): string {
  const present = columns.filter(
    ({ key, shown = "everywhere" }) => shown !== "data" && replicas.some((replica) => columnValue(replica, key) !== undefined),
  );
  return table([
    ["replica", "seed", ...present.map(({ label }) => shownName(label))],
    ...replicas.map((replica, r) => [
      String(r),
      String(replica.seed),
      ...present.map((column) => cell(column, columnValue(replica, column.key))),
    ]),
  ]);
}

/** An undefined value, such as a correlation with a constant, becomes a dash. */
function cell({ whole = false }: Column, value = Number.NaN): string {
  if (Number.isNaN(value)) return "-";
  return whole ? String(value) : show(value);
}

/** What the columns of the table mean. */
function explanation(
  { exactSampling, modeOf }: Environment,
  heldOut: FullEvaluation["heldOut"],
  prior: Prior | undefined,
  modeThreshold: number,
): string {
  const reason = prior ? "the target has a prior" : exactSampling.available ? "" : exactSampling.reason;
  const from = heldOut === "target" ? "drawn from the target" : `sampled from the policies (${reason})`;
  const target = prior ? "p_prior R" : "R";
  const mode = modeOf === undefined ? "distinct objects" : "modes reached by objects";
  return `  Pearson, Spearman: log p_T with log ${target} on objects ${from}
  top log R, diversity: the best distinct objects' mean log R, and their mean distance from each other
  modes: ${mode} with log R of at least ${show(modeThreshold)};  ESS: effective share of the sample
  FCS: p_T against ${target} within sets of objects sampled from the policy; blind to what it never samples
`;
}

/** Tables of sampled graphs: edges, the likeliest graphs, the most common equivalence classes. */
function graphTables(environment: Environment, names: readonly string[], edges: EdgeMarginals, replica: number): string {
  const arrows = (list: readonly (readonly [number, number])[], arrow: string) =>
    list.map(([i, j]) => `${shownName(names[i] ?? "", LONGEST_NAME)}${arrow}${shownName(names[j] ?? "", LONGEST_NAME)}`);
  const graph = (parts: string[]) => parts.join(", ") || "no edges";
  const share = (value: number | undefined) => (value === undefined ? [] : [show(value)]);
  const likeliest = edges.likeliest.map((each) => [
    show(each.logReward),
    show(each.sampled),
    ...share(each.exact),
    graph(arrows(each.edges, "→")),
  ]);
  const classes = edges.classes.map(({ sampled, target, directed, undirected }) => [
    show(sampled),
    ...share(target),
    graph([...arrows(directed, "→"), ...arrows(undirected, "–")]),
  ]);
  const target = environment.exactSampling.available ? ["target sample"] : [];
  return `${names.length > MOST_IN_TABLE ? `  the edge table of ${names.length} variables is in --json and --edges FILE\n` : edgeTable(names, edges, replica)}
  the best graphs sampled
${table([["log R", "share", ...(edges.likeliest[0]?.exact === undefined ? [] : ["exact"]), "edges"], ...likeliest])}
  the Markov equivalence classes sampled most often (– where both directions are in the class)
${table([["share", ...target, "edges"], ...classes])}`;
}

/** The most frequent clades of sampled trees, and their consensus tree. */
function cladeTable(names: readonly string[], { clades, consensus }: CladeFrequencies, replica: number): string {
  const shown = clades.slice(0, MOST_CLADES);
  const isExact = shown.some(({ exact }) => exact !== undefined);
  const species = (leaves: readonly number[]) => leaves.map((leaf) => shownName(names[leaf] ?? "", LONGEST_NAME)).join(", ");
  const rows = shown.map(({ leaves, sampled, exact }) => [show(sampled), ...(isExact ? [show(exact ?? 0)] : []), species(leaves)]);
  return `  the ${shown.length} most frequent clades of ${clades.length} in sampled trees, replica ${replica}
${table([["share", ...(isExact ? ["exact"] : []), "species"], ...rows])}
  majority-rule consensus, with the share of each clade
  ${consensus}
`;
}

function edgeTable(names: readonly string[], { sampled, exact }: EdgeMarginals, replica: number): string {
  const shown = names.map((name) => shownName(name, LONGEST_NAME));
  const value = (i: number, j: number) => {
    const share = show(sampled[i]?.[j] ?? Number.NaN);
    return exact === undefined ? share : `${share} (${show(exact[i]?.[j] ?? Number.NaN)})`;
  };
  return `  share of sampled graphs with an edge from row to column${exact === undefined ? "" : " (exact)"}, replica ${replica}
${table([["", ...shown], ...shown.map((name, i) => [name, ...shown.map((_, j) => (i === j ? "" : value(i, j)))])])}`;
}

function distributionTable(distribution: readonly Entry[], replica: number): string {
  const likeliest = [...distribution].sort((a, b) => b.probability - a.probability).slice(0, SHOWN);
  return `  the ${likeliest.length} likeliest of ${distribution.length} objects, replica ${replica} (--json has them all)
${table([
  ["object", "probability", "target"],
  ...likeliest.map(({ object, probability, target }) => [
    shownName(JSON.stringify(object), LONGEST_OBJECT),
    probability.toPrecision(4),
    target.toPrecision(4),
  ]),
])}`;
}
