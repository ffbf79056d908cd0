import { Graph, layout } from "@dagrejs/dagre";
import { largestOf } from "@webgfn/tensor/internal";
import { cut, fixed, LETTER, MARGIN } from "./drawing.js";
import { escapeText } from "./html.js";
import { numberText } from "./numbers.js";
import type { Graphs, HeatMap } from "./picture.js";

/** Smallest probability of a drawn edge, in the graph where it is likeliest. */
const LEAST = 0.05;
/** Most edges in a drawing; the likeliest edges of any graph are drawn. */
const MOST_EDGES = 150;
const NODE_HEIGHT = 26;
/** Letters of a name. */
const LONGEST = 16;
/** Length of an arrow's head. */
const HEAD = 8;

interface Point {
  x: number;
  y: number;
}

/** An edge, and the points that its line goes through. */
interface DrawnEdge {
  from: number;
  to: number;
  points: Point[];
}

/** Makes one drawing for each graph, all with the same positions of nodes and edges, so that they can be compared. */
export function graphsSvg({ title, names, graphs }: Graphs): string[] {
  const { nodes, edges, width, height } = placed(names, graphs);
  return graphs.map(({ label, values }) => {
    const lines = edges.flatMap(({ from, to, points }) => {
      const probability = values[from]?.[to] ?? 0;
      return probability >= LEAST ? [edgeSvg(points, probability, `${names[from]} → ${names[to]}: ${numberText(probability)}`)] : [];
    });
    const boxes = nodes.map(({ x, y, width: w }, v) => {
      const text = cut(names[v] as string, LONGEST);
      return `<g><rect x="${fixed(x - w / 2)}" y="${fixed(y - NODE_HEIGHT / 2)}" width="${fixed(w)}" height="${NODE_HEIGHT}" rx="6"/><text x="${fixed(x)}" y="${fixed(y + 4.5)}" text-anchor="middle">${escapeText(text)}</text></g>`;
    });
    const spoken = `${title}, ${label}: ${edges
      .map(({ from, to }) => ({ from, to, probability: values[from]?.[to] ?? 0 }))
      .filter(({ probability }) => probability >= LEAST)
      .sort((a, b) => b.probability - a.probability)
      .map(({ from, to, probability }) => `${names[from]} to ${names[to]} ${numberText(probability)}`)
      .join(", ")}`;
    const box = `${-MARGIN} ${-MARGIN} ${fixed(width + 2 * MARGIN)} ${fixed(height + 2 * MARGIN)}`;
    return `<svg viewBox="${box}" role="img" aria-label="${escapeText(spoken)}">\n${lines.join("\n")}\n${boxes.join("\n")}\n</svg>`;
  });
}

/** Places the nodes and the likeliest edges of all graphs in layers. */
function placed(
  names: readonly string[],
  graphs: readonly HeatMap[],
): { nodes: (Point & { width: number })[]; edges: DrawnEdge[]; width: number; height: number } {
  const likely = names
    .flatMap((_, from) =>
      names.map((__, to) => ({ from, to, highest: from === to ? 0 : largestOf(graphs.map(({ values }) => values[from]?.[to] ?? 0)) })),
    )
    .filter(({ highest }) => highest >= LEAST)
    .sort((a, b) => b.highest - a.highest)
    .slice(0, MOST_EDGES);
  const graph = new Graph({ directed: true });
  graph.setGraph({ rankdir: "TB", nodesep: 24, ranksep: 44, edgesep: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  names.forEach((name, v) => {
    graph.setNode(String(v), { width: cut(name, LONGEST).length * LETTER + 18, height: NODE_HEIGHT });
  });
  // A likelier edge gets a straighter line and more weight in the order of its nodes.
  for (const { from, to, highest } of likely) graph.setEdge(String(from), String(to), { weight: Math.max(1, Math.round(10 * highest)) });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    nodes: names.map((_, v) => graph.node(String(v)) as Point & { width: number }),
    edges: likely.map(({ from, to }) => ({ from, to, points: (graph.edge(String(from), String(to)) as { points: Point[] }).points })),
    width,
    height,
  };
}

/** A line through points, and an arrow's head at its end. */
function edgeSvg(points: readonly Point[], probability: number, text: string): string {
  const end = points.at(-1) as Point;
  const before = points.at(-2) as Point;
  const length = Math.hypot(end.x - before.x, end.y - before.y) || 1;
  const [dx, dy] = [(end.x - before.x) / length, (end.y - before.y) / length];
  const base = { x: end.x - HEAD * dx, y: end.y - HEAD * dy };
  const at = ({ x, y }: Point) => `${fixed(x)} ${fixed(y)}`;
  const side = (sign: number): Point => ({ x: base.x - (sign * HEAD * dy) / 2, y: base.y + (sign * HEAD * dx) / 2 });
  const line = curve([...points.slice(0, -1), base]);
  return `<g opacity="${fixed(0.25 + 0.75 * probability)}"><title>${escapeText(text)}</title><path class="edge" stroke-width="${fixed(0.5 + 4 * probability)}" d="${line}"/><path class="head" d="M${at(end)}L${at(side(1))}L${at(side(-1))}z"/></g>`;
}

/** A smooth line: a quadratic curve around each inner point, between the midpoints of the segments. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points as [Point, ...Point[]];
  const at = ({ x, y }: Point) => `${fixed(x)} ${fixed(y)}`;
  const parts = rest.map((point, n) => {
    const next = rest[n + 1];
    if (next === undefined) return `L${at(point)}`;
    return `Q${at(point)} ${at({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`;
  });
  return `M${at(first)}${parts.join("")}`;
}
