import { rules } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { available } from "../capability.js";
import type { DataFile } from "../data-file.js";
import type { FileField, FormField, ParameterDeclarations } from "../declaration.js";
import type { ParameterValue } from "../environment.js";
import { FILE, SEED } from "../parameters.js";
import { type Graph, MOST_VERTICES } from "./graph.js";
import { parseUndirectedGraph } from "./graph-text.js";
import { GRAPH_MODELS, type GraphModel, randomGraph } from "./random-graph.js";

/** Parameters of environments on an undirected graph. */
export interface UndirectedGraphParameters {
  /** Number of vertices of the random graph, from 1 to 1024. */
  vertices?: number;
  /** The random graph: `erdos-renyi` (default) or `barabasi-albert`. */
  model?: GraphModel;
  /** Expected edges per vertex of an Erdős–Rényi graph, edges of each new vertex of a Barabási–Albert graph. Default 2. */
  edgesPerVertex?: number;
  /** Seed of the random graph. Default 0. */
  dataSeed?: number;
  /** A graph to use instead of a random one, as DIMACS, in the format of rudy, or as a list of edges. */
  graph?: DataFile;
}

export const GRAPH_PARAMETERS = {
  vertices: { rule: rules.whole(1, MOST_VERTICES), help: "vertices of the random graph" },
  model: { value: "erdos-renyi", rule: rules.oneOf(...GRAPH_MODELS), help: `the random graph: ${GRAPH_MODELS.join(" or ")}` },
  edgesPerVertex: {
    value: 2,
    rule: rules.number(0, MOST_VERTICES),
    help: "expected edges per vertex (erdos-renyi), or edges of each new vertex (barabasi-albert)",
  },
  dataSeed: { value: 0, rule: SEED, help: "seed of the random graph" },
  graph: { rule: FILE, help: "a graph instead of a random one: DIMACS, rudy, or a list of edges", file: true },
} as const satisfies ParameterDeclarations;

/** A graph, its words in a title, and the parameters that reproduce it. */
export interface ChosenGraph {
  graph: Graph;
  title: string;
  kept: Record<string, ParameterValue>;
}

/**
 * Reads or draws the graph.
 *
 * @param usualVertices default number of vertices of a random graph.
 * @throws WebgfnError `argument` for parameters that exclude each other, `file` for a file that is not a graph.
 */
export function chosenGraph(environment: string, given: UndirectedGraphParameters, usualVertices: number): ChosenGraph {
  const { graph: file } = given;
  if (file !== undefined) {
    for (const name of ["vertices", "model", "edgesPerVertex", "dataSeed"] as const) {
      if (given[name] !== undefined) throw argumentError(`${environment} takes either graph or ${name}: a file has its own graph`);
    }
    const graph = parseUndirectedGraph(file);
    return { graph, title: `a graph of ${sizeOf(graph)} from ${file.name}`, kept: { graph: { name: file.name, text: file.text } } };
  }
  const { model, edgesPerVertex, dataSeed } = GRAPH_PARAMETERS;
  const values = {
    vertices: given.vertices ?? usualVertices,
    model: given.model ?? model.value,
    edgesPerVertex: given.edgesPerVertex ?? edgesPerVertex.value,
    dataSeed: given.dataSeed ?? dataSeed.value,
  };
  if (values.model === "barabasi-albert" && !rules.whole(1, values.vertices - 1).accepts(values.edgesPerVertex)) {
    throw argumentError(
      `${environment}'s edgesPerVertex must be a whole number from 1 to ${values.vertices - 1} in a barabasi-albert graph of ${values.vertices} vertices, not ${values.edgesPerVertex}`,
    );
  }
  const graph = randomGraph({ ...values, seed: values.dataSeed });
  return { graph, title: `a graph of ${sizeOf(graph)}`, kept: values };
}

function sizeOf({ names, edges }: Graph): string {
  const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
  return `${counted(names.length, "vertex", "vertices")} and ${counted(edges.length, "edge", "edges")}`;
}

/** Fields of a form for the random graph. */
export const GRAPH_FIELDS: readonly FormField[] = [
  { name: "vertices", label: "Vertices", least: 2, most: 14 },
  { name: "edgesPerVertex", label: "Edges per vertex", least: 0, most: 6, step: 0.5 },
  { name: "dataSeed", label: "Seed of the graph", least: 0, most: 999 },
];

/** The field of a form for a graph from the user's file. */
export const GRAPH_FILE: FileField = {
  name: "graph",
  label: "Your own graph",
  help: "A list of edges, one a line, or a DIMACS file (p edge N M).",
  accept: ".col,.clq,.txt,.csv,.tsv,.edges,.mc",
  fits: ({ enumeration }) => (enumeration.available ? available(true) : enumeration),
};
