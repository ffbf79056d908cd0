import { Graph, layout } from "@dagrejs/dagre";
import type { Flows } from "./flows.js";
import { isStop, type StateGraph } from "./state-graph.js";
import { short, svg } from "./svg.js";

/** Most states of a layer that are drawn. */
const MOST_OF_LAYER = 10;
/** Letters of a name. */
const LONGEST = 24;
const LETTER = 6.6;
const NODE_HEIGHT = 22;
/**
 * Width of the line of the target's largest flow. Widths grow with the square root of the flow, so that small flows are visible next to large
 * ones.
 */
const WIDEST = 12;
/** Height of the bars below an object: of the target, then of the policy. */
const BAR = 3;
const MARGIN = 10;
/** Length of the line to states that are not drawn. */
const STUB = 22;
/** Space between layers, for short names and for long ones. */
const [WIDE_GAP, NARROW_GAP, LONG] = [90, 56, 14];

interface DrawnEdge {
  edge: number;
  line: SVGPathElement;
  title: SVGTitleElement;
}

/** A short line to the states that are not drawn. */
interface Stub {
  edges: readonly number[];
  line: SVGPathElement;
}

interface DrawnState {
  state: number;
  /** The object that the state is, or becomes by stopping; undefined if there is none. */
  object: number | undefined;
  group: SVGGElement;
  learned: SVGRectElement | undefined;
  width: number;
}

/**
 * A drawing of the state graph in layers, from the initial state on the left: a state per box, and an edge per line, the wider the more flows
 * along it. Below an object are two bars, R/Z and its probability. An object made by a stop action is drawn at the state before it. A short
 * dotted line stands for flow to states that are not drawn.
 */
export class LayeredDrawing {
  readonly element: SVGSVGElement;
  /** Number of drawn states, and of all states, without objects of stop actions. */
  readonly counts: { shown: number; all: number };
  readonly #graph: StateGraph;
  readonly #target: Flows;
  readonly #states: DrawnState[];
  readonly #edges: DrawnEdge[];
  readonly #stubs: Stub[];
  readonly #widest: number;
  readonly #likeliest: number;

  /** @param onPick receives a state that was clicked. */
  constructor(graph: StateGraph, target: Flows, onPick: (state: number) => void) {
    this.#graph = graph;
    this.#target = target;
    const objectOf = objects(graph);
    const { shown, all } = shownStates(graph, target);
    this.counts = { shown: shown.length, all };
    const inside = new Set(shown);
    const edges = Array.from(graph.from, (_, edge) => edge).filter(
      (edge) => inside.has(graph.from[edge] as number) && inside.has(graph.to[edge] as number) && !isStop(graph, edge),
    );
    const places = placed(graph, shown, edges, target);
    this.#widest = edges.reduce((most, edge) => Math.max(most, target.edges[edge] as number), 0);
    this.#likeliest = Array.from(objectOf.values()).reduce((most, object) => Math.max(most, target.states[object] as number), 0);
    this.#edges = edges.map((edge) => {
      const [a, b] = [places.of.get(graph.from[edge] as number) as Place, places.of.get(graph.to[edge] as number) as Place];
      const [x1, x2] = [a.x + a.width / 2, b.x - b.width / 2];
      const bend = (x2 - x1) / 2;
      const title = svg("title");
      const line = svg("path", {
        class: "flow-edge",
        d: `M${short(x1)} ${short(a.y)}C${short(x1 + bend)} ${short(a.y)} ${short(x2 - bend)} ${short(b.y)} ${short(x2)} ${short(b.y)}`,
      });
      line.append(title);
      return { edge, line, title };
    });
    const hidden = Array.from(graph.from, (_, edge) => edge).filter(
      (edge) => inside.has(graph.from[edge] as number) && !inside.has(graph.to[edge] as number) && !isStop(graph, edge),
    );
    this.#stubs = shown.flatMap((state) => {
      const leaving = hidden.filter((edge) => graph.from[edge] === state);
      const { x, y, width } = places.of.get(state) as Place;
      return leaving.length === 0
        ? []
        : [{ edges: leaving, line: svg("path", { class: "flow-stub", d: `M${short(x + width / 2)} ${short(y)}h${STUB}` }) }];
    });
    this.#states = shown.map((state) => this.#box(state, objectOf.get(state), places.of.get(state) as Place, onPick));
    this.element = svg(
      "svg",
      {
        class: "flow-layers",
        viewBox: `${-MARGIN} ${-MARGIN} ${short(places.width + 2 * MARGIN)} ${short(places.height + 2 * MARGIN)}`,
        width: short(places.width + 2 * MARGIN),
        height: short(places.height + 2 * MARGIN),
        role: "img",
      },
      ...this.#stubs.map(({ line }) => line),
      ...this.#edges.map(({ line }) => line),
      ...this.#states.map(({ group }) => group),
    );
  }

  /** Shows flows, and the edges and states of a path. */
  show({ states, edges }: Flows, path: readonly number[]): void {
    const { names, from, to } = this.#graph;
    const onPath = new Set(path);
    const passed = new Set([0, ...path.map((edge) => to[edge] as number)]);
    for (const { edge, line, title } of this.#edges) {
      const flow = edges[edge] as number;
      const least = onPath.has(edge) ? 2.5 : 0.5;
      line.setAttribute("stroke-width", short(Math.max(least, WIDEST * Math.min(1.2, Math.sqrt(flow / this.#widest)))));
      line.classList.toggle("on-path", onPath.has(edge));
      line.classList.toggle("nearly-empty", flow < 0.01 * this.#widest);
      title.textContent = `${names[from[edge] as number]} → ${names[to[edge] as number]}: flow ${short3(flow)} of Z`;
    }
    for (const { edges: leaving, line } of this.#stubs) {
      const flow = leaving.reduce((sum, edge) => sum + (edges[edge] as number), 0);
      line.setAttribute("stroke-width", short(WIDEST * Math.min(1.2, Math.sqrt(flow / this.#widest))));
    }
    for (const { state, object, group, learned, width } of this.#states) {
      group.classList.toggle("on-path", passed.has(state));
      if (object === undefined || learned === undefined) continue;
      learned.setAttribute("width", short(Math.min(1, (states[object] as number) / this.#likeliest) * width));
    }
    this.element.setAttribute("aria-label", this.#spoken(states));
  }

  #box(state: number, object: number | undefined, { x, y, width }: Place, onPick: (state: number) => void): DrawnState {
    const name = this.#graph.names[state] as string;
    const group = svg("g", { class: "flow-state", transform: `translate(${short(x)} ${short(y)})` });
    group.append(
      svg("title", {}, name),
      svg("rect", { x: short(-width / 2), y: -NODE_HEIGHT / 2, width: short(width), height: NODE_HEIGHT, rx: 5 }),
      svg("text", { y: 4, "text-anchor": "middle" }, cut(name)),
    );
    group.addEventListener("click", () => onPick(state));
    if (object === undefined) return { state, object, group, learned: undefined, width };
    const bar = (name: string, row: number, value: number) =>
      svg("rect", { class: name, x: short(-width / 2), y: NODE_HEIGHT / 2 + 1 + row * BAR, width: short(value * width), height: BAR });
    const learned = bar("flow-learned", 1, 0);
    group.append(bar("flow-target", 0, (this.#target.states[object] as number) / this.#likeliest), learned);
    return { state, object, group, learned, width };
  }

  /** A text for screen readers: the likeliest objects of the target, with their probabilities under the policy. */
  #spoken(states: ArrayLike<number>): string {
    const likeliest = this.#states
      .flatMap(({ object }) => (object === undefined ? [] : [object]))
      .sort((a, b) => (this.#target.states[b] as number) - (this.#target.states[a] as number))
      .slice(0, 5)
      .map((x) => `${this.#graph.names[x]} target ${short3(this.#target.states[x] as number)}, flow ${short3(states[x] as number)}`);
    return `State graph of ${this.counts.shown} states with the flow along each step. Likeliest objects: ${likeliest.join("; ")}`;
  }
}

interface Place {
  x: number;
  y: number;
  width: number;
}

const short3 = (value: number): string => String(Number(value.toPrecision(3)));
const cut = (name: string): string => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name);

/** The object that each state is, or that stopping there makes. */
function objects(graph: StateGraph): Map<number, number> {
  const found = new Map<number, number>();
  Array.from(graph.logReward).forEach((value, state) => {
    if (!Number.isNaN(value)) found.set(state, state);
  });
  Array.from(graph.from).forEach((state, edge) => {
    if (isStop(graph, edge)) found.set(state, graph.to[edge] as number);
  });
  return found;
}

/**
 * The states to draw: in each layer those with the largest flow of the target, and the states that lead to them. They do not depend on the
 * policy, so the layout does not change while the policy learns.
 */
function shownStates(graph: StateGraph, target: Flows): { shown: number[]; all: number } {
  const stopped = new Set(Array.from(graph.to).filter((_, edge) => isStop(graph, edge)));
  const layers = new Map<number, number[]>();
  graph.names.forEach((_, state) => {
    if (stopped.has(state)) return;
    const level = graph.levels[state] as number;
    layers.set(level, [...(layers.get(level) ?? []), state]);
  });
  const flow = (state: number) => target.states[state] as number;
  const shown = new Set([...layers.values()].flatMap((states) => states.sort((a, b) => flow(b) - flow(a)).slice(0, MOST_OF_LAYER)));
  // The step with the most flow into each state is drawn, too, so that nothing hangs in the air.
  const main = new Map<number, number>();
  Array.from(graph.to).forEach((state, edge) => {
    const best = main.get(state);
    if (best === undefined || (target.edges[edge] as number) > (target.edges[best] as number)) main.set(state, edge);
  });
  // The iteration of a set includes entries added meanwhile.
  for (const state of shown) {
    const edge = main.get(state);
    if (edge !== undefined) shown.add(graph.from[edge] as number);
  }
  return { shown: [...shown].sort((a, b) => a - b), all: graph.names.length - stopped.size };
}

/** Places states in layers. All edges lead from one layer to the next, so that the layers with the shortest edges are those of the levels. */
function placed(
  { names, from, to }: StateGraph,
  shown: readonly number[],
  edges: readonly number[],
  target: Flows,
): { of: Map<number, Place>; width: number; height: number } {
  const graph = new Graph({ directed: true });
  const isLong = shown.some((state) => (names[state] as string).length > LONG);
  graph.setGraph({ rankdir: "LR", nodesep: 8, ranksep: isLong ? NARROW_GAP : WIDE_GAP, edgesep: 2 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const state of shown) {
    const letters = cut(names[state] as string).length;
    graph.setNode(String(state), { width: Math.max(30, letters * LETTER + 14), height: NODE_HEIGHT + 2 * BAR });
  }
  for (const edge of edges) {
    graph.setEdge(String(from[edge]), String(to[edge]), { weight: 1 + Math.round(20 * (target.edges[edge] as number)) });
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return { of: new Map(shown.map((state) => [state, graph.node(String(state)) as Place])), width, height };
}
