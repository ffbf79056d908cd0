import { inBrief } from "@webgfn/tensor/internal";
import { contentOf, type DataFile, eachLine, fault, positionOf, quoted } from "../data-file.js";
import type { Edges } from "./cpdag.js";
import { csvRecords } from "./csv-records.js";

/** An edge of a file: names or numbers of its nodes, and its line. */
interface FileEdge {
  from: string;
  to: string;
  line: number;
}

/**
 * Reads a graph over named variables: JSON as `webgfn sample` prints it, `{"edges": [[0, 1]]}`; DOT, `digraph { a -> b; }`; or a table (CSV)
 * with one edge per line, or with an adjacency matrix and the variables' names in its header. Nodes are named, or numbered from 0.
 *
 * @throws WebgfnError `file` with the line, for an unknown variable, a repeated edge, a cycle, or another format.
 */
export function parseGraph(file: DataFile, names: readonly string[]): Edges {
  const text = contentOf(file, "the edges of a graph");
  const found = /^\s*[[{]/.test(text)
    ? jsonEdges(file, text)
    : /^\s*(strict\s+)?(di)?graph\b/i.test(text)
      ? dotEdges(file, text)
      : csvEdges(file, text, names);
  const edges: [number, number][] = [];
  const seen = new Map<string, number>();
  for (const { from, to, line } of found) {
    const edge: [number, number] = [variable(file, line, from, names), variable(file, line, to, names)];
    if (edge[0] === edge[1])
      throw fault(file, line, `expected edges between different variables, found one from ${quoted(from)} to itself`);
    const before = seen.get(edge.join());
    if (before !== undefined)
      throw fault(file, line, `expected every edge once, found ${quoted(from)} → ${quoted(to)} as in line ${before}`);
    seen.set(edge.join(), line);
    edges.push(edge);
  }
  const cycle = nodeOnCycle(names.length, edges);
  if (cycle !== undefined) throw fault(file, 1, `expected a graph without cycles, found one through ${quoted(names[cycle] as string)}`);
  return edges;
}

function variable(file: DataFile, line: number, word: string, names: readonly string[]): number {
  const named = names.indexOf(word);
  if (named >= 0) return named;
  const number = /^\d{1,4}$/.test(word) ? Number(word) : names.length;
  if (number < names.length) return number;
  const known = names.length > 8 ? `${names.slice(0, 8).map(quoted).join(", ")}, …` : names.map(quoted).join(", ");
  throw fault(file, line, `expected one of the variables ${known}, or a number from 0 to ${names.length - 1}; found ${quoted(word)}`);
}

/** A node of a cycle, if there is one. */
function nodeOnCycle(variables: number, edges: Edges): number | undefined {
  let left = Array.from({ length: variables }, (_, v) => v);
  for (let before = -1; before !== left.length; ) {
    before = left.length;
    left = left.filter((v) => edges.some(([from, to]) => to === v && left.includes(from)));
  }
  return left[0];
}

function jsonEdges(file: DataFile, text: string): FileEdge[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fault(file, 1, `expected JSON with a list "edges": ${(cause as Error).message}`);
  }
  const list = Array.isArray(value)
    ? value
    : ((value as { edges?: unknown; object?: { edges?: unknown } }).edges ?? (value as { object?: { edges?: unknown } }).object?.edges);
  if (!Array.isArray(list)) throw fault(file, 1, `expected JSON with a list "edges", as in {"edges": [[0, 1]]}`);
  return list.map((edge: unknown) => {
    const isPair = Array.isArray(edge) && edge.length === 2 && edge.every((node) => typeof node === "string" || typeof node === "number");
    if (!isPair) throw fault(file, 1, `expected an edge as two variables, [from, to], found ${inBrief(edge)}`);
    const [from, to] = edge as [string | number, string | number];
    return { from: String(from), to: String(to), line: 1 };
  });
}

/** The edges of a graph in DOT: chains `a -> b -> c`, with or without quotes; attributes and isolated nodes are skipped. */
function dotEdges(file: DataFile, text: string): FileEdge[] {
  const open = text.indexOf("{");
  const close = text.lastIndexOf("}");
  if (open < 0 || close < open) throw fault(file, 1, "expected { and } around the edges of a graph in DOT");
  if (!/^\s*(strict\s+)?digraph\b/i.test(text)) throw fault(file, 1, "expected a digraph, found an undirected graph");
  const body = text.slice(0, close).replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|\[[^\]]*\]/g, (part) => part.replace(/[^\n]/g, " "));
  const edges: FileEdge[] = [];
  const chain = /("(?:[^"\\]|\\.)*"|[^\s;{}"]+)(\s*->\s*)/g;
  chain.lastIndex = open + 1;
  const word = /\s*("(?:[^"\\]|\\.)*"|[^\s;{}"]+)/y;
  const plain = (node: string) => (node.startsWith('"') ? node.slice(1, -1).replace(/\\(.)/g, "$1") : node);
  for (let match = chain.exec(body); match !== null; match = chain.exec(body)) {
    const line = positionOf(body, match.index).line;
    word.lastIndex = chain.lastIndex;
    const next = word.exec(body);
    if (next === null) throw fault(file, line, `expected a variable behind ${quoted(match[1] as string)} ->`);
    edges.push({ from: plain(match[1] as string), to: plain(next[1] as string), line });
  }
  return edges;
}

function csvEdges(file: DataFile, text: string, names: readonly string[]): FileEdge[] {
  const head = [...eachLine(text)].find(({ text: line }) => /^\s*[^\s#]/.test(line))?.text ?? "";
  const separator = [",", "\t", ";"].find((character) => head.includes(character));
  const records = [
    ...csvRecords(file, text, separator === undefined ? { name: "blanks" } : { name: separator, character: separator }),
  ].filter(({ comment, cells }) => !comment && cells.length > 0);
  const [first, ...rest] = records;
  if (first === undefined) throw fault(file, 1, "expected the edges of a graph");
  const header = first.cells.filter((cell) => cell !== "");
  if (names.length > 2 && header.length === names.length && header.every((name) => names.includes(name)))
    return matrixEdges(file, header, rest);
  const isHeader = first.cells.length >= 2 && /^(from|source|parent|cause)$/i.test(first.cells[0] as string);
  return (isHeader ? rest : records).map(({ cells, line }) => {
    const [from, to, ...more] = cells;
    if (from === undefined || to === undefined || (more.length > 0 && !isHeader)) {
      throw fault(file, line, `expected an edge as two variables, from and to, found ${cells.length} values`);
    }
    return { from, to, line };
  });
}

/** An adjacency matrix: 1 in the row of `from` and the column of `to`. Rows may begin with their name. */
function matrixEdges(file: DataFile, header: readonly string[], rows: readonly { cells: string[]; line: number }[]): FileEdge[] {
  if (rows.length !== header.length) throw fault(file, 1, `expected ${header.length} rows of an adjacency matrix, found ${rows.length}`);
  return rows.flatMap(({ cells, line }, n) => {
    const isNamed = cells.length === header.length + 1;
    const from = isNamed ? (cells[0] as string) : (header[n] as string);
    const values = isNamed ? cells.slice(1) : cells;
    if (values.length !== header.length)
      throw fault(file, line, `expected ${header.length} entries of an adjacency matrix, found ${values.length}`);
    return values.flatMap((value, j) => {
      const number = Number(value);
      if (value === "" || (number !== 0 && number !== 1))
        throw fault(file, line, `expected 0 or 1 in column ${j + 1}, found ${quoted(value)}`);
      return number === 1 ? [{ from, to: header[j] as string, line }] : [];
    });
  });
}

/** Edge probabilities of a posterior. */
export interface EdgeTable {
  names: readonly string[];
  /** [i][j]: share of sampled graphs with i → j. */
  sampled: readonly (readonly number[])[];
  exact?: readonly (readonly number[])[];
}

/** Edges with a smaller share are left out of drawings. */
const LEAST_DRAWN = 0.01;

/** Writers of edge probabilities, by the ending of a file's name. */
export const EDGE_FORMATS: Readonly<Record<string, (table: EdgeTable) => string>> = {
  ".csv": ({ names, ...table }) =>
    `${[
      ["from", "to", "probability", ...(table.exact ? ["exact"] : [])].join(","),
      ...edgesOf(names, table).map(({ from, to, sampled, exact }) =>
        [csvCell(from), csvCell(to), sampled, ...(exact === undefined ? [] : [exact])].join(","),
      ),
    ].join("\n")}\n`,
  ".json": (table) => `${JSON.stringify(table)}\n`,
  ".dot": ({ names, ...table }) => {
    const nodes = names.map((name) => `  ${JSON.stringify(name)};`);
    const edges = edgesOf(names, table)
      .filter(({ sampled }) => sampled >= LEAST_DRAWN)
      .map(({ from, to, sampled }) => {
        const width = (0.3 + 4 * sampled).toFixed(2);
        return `  ${JSON.stringify(from)} -> ${JSON.stringify(to)} [label="${sampled.toFixed(2)}", penwidth=${width}];`;
      });
    return `digraph posterior {\n${[...nodes, ...edges].join("\n")}\n}\n`;
  },
  ".graphml": ({ names, ...table }) => {
    const nodes = names.map((name) => `    <node id="${xml(name)}"/>`);
    const edges = edgesOf(names, table).map(
      ({ from, to, sampled }) => `    <edge source="${xml(from)}" target="${xml(to)}"><data key="probability">${sampled}</data></edge>`,
    );
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
      '  <key id="probability" for="edge" attr.name="probability" attr.type="double"/>',
      '  <graph edgedefault="directed">',
      ...nodes,
      ...edges,
      "  </graph>",
      "</graphml>",
      "",
    ].join("\n");
  },
};

function edgesOf(
  names: readonly string[],
  { sampled, exact }: Omit<EdgeTable, "names">,
): { from: string; to: string; sampled: number; exact?: number | undefined }[] {
  return names.flatMap((from, i) =>
    names.flatMap((to, j) => {
      const share = sampled[i]?.[j] ?? 0;
      const known = exact?.[i]?.[j];
      return i === j || (share === 0 && known === undefined) ? [] : [{ from, to, sampled: share, exact: known }];
    }),
  );
}

const csvCell = (text: string): string => (/[",\n\r]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const xml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
