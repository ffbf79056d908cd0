import { numberOf } from "../dags/numbers.js";
import { checkName, contentOf, type DataFile, eachLine, fault, quoted } from "../data-file.js";
import { type Edge, type Graph, MOST_VERTICES } from "./graph.js";

/** The words of a line of a file. */
interface Record {
  line: number;
  words: string[];
}

/** An edge as a file gives it. */
interface FileEdge {
  line: number;
  from: number;
  to: number;
  weight: number;
}

/** Largest weight of an edge, so that sums of them are finite as float32. */
const LARGEST_WEIGHT = 1e6;
const WHOLE = /^\d{1,9}$/;

/**
 * Reads an undirected graph: DIMACS (`p edge N M` or `p col N M`, then `e A B`), the format of rudy (`N M`, then `A B WEIGHT`), or a list of
 * edges, `A B` or `A B WEIGHT` in each line, separated by blanks, commas or semicolons. The first two formats number vertices from 1; in a
 * list, vertices may have any names. A file may give every edge in both directions.
 *
 * @throws WebgfnError `file` with the line, for a loop, a repeated edge, a vertex out of range, wrong counts, or another format.
 */
export function parseUndirectedGraph(file: DataFile): Graph {
  const all = [...records(contentOf(file, "a graph, as DIMACS or as a list of edges"))];
  const content = all.filter(({ words }) => words[0] !== "c");
  const first = content[0];
  if (first?.words[0] === "p" || (first?.words[0] === "e" && first.words.length > 2)) return dimacs(file, content);
  const list = all.filter(({ words }, n) => n > 0 || !/^(from|source|node1|vertex1)$/i.test(words[0] as string));
  const [head, ...rest] = list;
  if (head === undefined) throw fault(file, 1, "expected edges, found none");
  if (isHeader(file, head, rest)) return numbered(file, head, head.words as [string, string], rest);
  return named(file, list);
}

function* records(text: string): Generator<Record> {
  for (const { text: line, number } of eachLine(text)) {
    if (/^\s*(#|%|\/\/|$)/.test(line)) continue;
    // NetworkX writes an empty {} after an edge without attributes.
    const words = line
      .trim()
      .split(/[\s,;]+/)
      .filter((word) => word !== "" && word !== "{}");
    if (words.length > 0) yield { line: number, words };
  }
}

function dimacs(file: DataFile, content: readonly Record[]): Graph {
  const [head, ...rest] = content as [Record, ...Record[]];
  const [, format = "", ...counts] = head.words;
  if (head.words[0] !== "p") throw fault(file, head.line, "expected a line p edge N M before the edges, found none");
  if (!/^(edge|edges|col)$/i.test(format) || counts.length !== 2)
    throw fault(file, head.line, `expected p edge N M, found ${quoted(head.words.join(" "))}`);
  const edges = rest.map(({ line, words: [mark = "", ...words] }) => {
    if (mark === "n") throw fault(file, line, "expected edges, found a vertex with a weight; vertices have none here");
    if (mark !== "e") throw fault(file, line, `expected an edge, e A B, found ${quoted([mark, ...words].join(" "))}`);
    return { line, words };
  });
  return numbered(file, head, counts as [string, string], edges);
}

/** Whether a list of edges begins with the numbers of vertices and edges, as rudy writes them. */
function isHeader(file: DataFile, { words, line }: Record, rest: readonly Record[]): boolean {
  const [vertices = "", edges = ""] = words;
  if (words.length !== 2 || !WHOLE.test(vertices) || !WHOLE.test(edges) || rest.length === 0) return false;
  if (rest.every((record) => record.words.length === 3)) return true;
  const fits = rest.every((record) =>
    record.words.every((word) => WHOLE.test(word) && Number(word) >= 1 && Number(word) <= Number(vertices)),
  );
  if (fits && Number(edges) === rest.length) {
    throw fault(
      file,
      line,
      `expected an edge, found ${quoted(words.join(" "))}, which may also be the numbers of vertices and edges; write p edge ${words.join(" ")} in its place, and e before each edge`,
    );
  }
  return false;
}

/** A graph whose vertices are numbered from 1, with the counts from its header. */
function numbered(file: DataFile, head: Record, [vertices, count]: readonly [string, string], content: readonly Record[]): Graph {
  if (!WHOLE.test(vertices) || !WHOLE.test(count))
    throw fault(file, head.line, `expected the numbers of vertices and edges, found ${quoted(`${vertices} ${count}`)}`);
  const size = Number(vertices);
  requireSize(file, head.line, size);
  const vertex = (line: number, word: string): number => {
    if (WHOLE.test(word) && Number(word) >= 1 && Number(word) <= size) return Number(word) - 1;
    throw fault(file, line, `expected a vertex from 1 to ${size}, found ${quoted(word)}`);
  };
  const edges = content.map((record) => edgeOf(file, record, vertex));
  const names = Array.from({ length: size }, (_, v) => String(v + 1));
  const graph = { names, edges: simpleEdges(file, edges, names) };
  if (Number(count) !== edges.length && Number(count) !== graph.edges.length)
    throw fault(file, head.line, `expected ${Number(count)} edges as this line says, found ${edges.length}`);
  return graph;
}

/** A graph of the vertices that its edges name. */
function named(file: DataFile, content: readonly Record[]): Graph {
  const words = new Map<string, number>();
  for (const {
    line,
    words: [from = "", to],
  } of content) {
    for (const word of to === undefined ? [from] : [from, to]) {
      checkName(file, line, word);
      if (!words.has(word)) words.set(word, line);
    }
  }
  const names = [...words.keys()];
  if (names.every((name) => WHOLE.test(name))) names.sort((a, b) => Number(a) - Number(b));
  requireSize(file, content[0]?.line ?? 1, names.length);
  const numbers = new Map(names.map((name, v) => [name, v]));
  const edges = content.map((record) => edgeOf(file, record, (_, word) => numbers.get(word) as number));
  return { names, edges: simpleEdges(file, edges, names) };
}

function requireSize(file: DataFile, line: number, vertices: number): void {
  if (vertices < 1 || vertices > MOST_VERTICES) throw fault(file, line, `expected 1 to ${MOST_VERTICES} vertices, found ${vertices}`);
}

function edgeOf(file: DataFile, { line, words }: Record, vertex: (line: number, word: string) => number): FileEdge {
  const [from, to, weight = "1", ...more] = words;
  if (from === undefined || to === undefined || more.length > 0)
    throw fault(file, line, `expected an edge as two vertices and at most a weight, found ${quoted(words.join(" "))}`);
  const value = numberOf(weight);
  if (!(Math.abs(value) <= LARGEST_WEIGHT))
    throw fault(file, line, `expected a weight from -${LARGEST_WEIGHT} to ${LARGEST_WEIGHT}, found ${quoted(weight)}`);
  const edge = { line, from: vertex(line, from), to: vertex(line, to), weight: value };
  if (edge.from === edge.to) throw fault(file, line, `expected an edge between two vertices, found a loop from ${quoted(from)} to itself`);
  return edge;
}

/** The edges in the order of their vertices. A file must list either all edges in both directions, or none. */
function simpleEdges(file: DataFile, given: readonly FileEdge[], names: readonly string[]): Edge[] {
  const seen = new Map<number, FileEdge>();
  const key = (from: number, to: number): number => from * MOST_VERTICES + to;
  const isTwice = given.length > 1 && given.length % 2 === 0 && isSymmetric(given, key);
  const edges: Edge[] = [];
  for (const edge of given) {
    const { line, from, to, weight } = edge;
    const before = seen.get(key(from, to)) ?? (isTwice ? undefined : seen.get(key(to, from)));
    if (before !== undefined) {
      const pair = `${quoted(names[from] as string)} and ${quoted(names[to] as string)}`;
      throw fault(file, line, `expected every edge once, found one between ${pair} as in line ${before.line}`);
    }
    seen.set(key(from, to), edge);
    if (!isTwice || from < to) edges.push({ a: Math.min(from, to), b: Math.max(from, to), weight });
  }
  return edges.sort((x, y) => x.a - y.a || x.b - y.b);
}

/** Whether every edge also occurs in the other direction, with the same weight. */
function isSymmetric(edges: readonly FileEdge[], key: (from: number, to: number) => number): boolean {
  const weights = new Map(edges.map(({ from, to, weight }) => [key(from, to), weight]));
  return edges.every(({ from, to, weight }) => weights.get(key(to, from)) === weight);
}
