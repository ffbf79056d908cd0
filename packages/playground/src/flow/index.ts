import { largestOf } from "@webgfn/tensor/internal";
import "./flow.css";
import { make, numberText } from "../page/elements.js";
import { endOf, type Flows, flowsOf, logZOf, policyOf, samplePath, targetFlows } from "./flows.js";
import { GridDrawing } from "./grid-drawing.js";
import { LayeredDrawing } from "./layered-drawing.js";
import { PathPanel } from "./path-panel.js";
import { edgesFrom, isStop, type StateGraph } from "./state-graph.js";
import { uniform } from "./uniform.js";

/** Sampled paths over a grid. */
const SAMPLES = 30;

/** The content of a view of flows. */
interface ShownFlow {
  graph: StateGraph;
  /** p_F of each edge with the weights to show. */
  policy: ArrayLike<number>;
  /** p_B of each edge, if it is learned. */
  backward?: ArrayLike<number> | undefined;
  /** The objective's CSS colour. */
  colour: string;
}

export interface FlowView {
  /** Shows a policy. A graph that is the same object as before is not laid out again. */
  show(shown: ShownFlow): void;
  /** The drawing, to be saved as a file; undefined before anything is shown. */
  readonly figure: SVGSVGElement | undefined;
}

/** Values that depend only on the graph. */
interface Prepared {
  graph: StateGraph;
  edges: number[][];
  target: Flows;
  /** p_F of the flow that the target and p_B define. */
  targetPolicy: Float64Array;
  drawing: GridDrawing | LayeredDrawing;
}

/** Puts a view of flows into an element: a drawing, and a path through it that is sampled or chosen step by step. */
export function mountFlow(place: HTMLElement): FlowView {
  let prepared: Prepared | undefined;
  let shown: ShownFlow | undefined;
  let which: "learned" | "target" = "learned";
  /** The seed of a sampled path, which follows the policy while it learns; the edges of a chosen one. */
  let path: { seed: number } | { edges: readonly number[] } = { seed: 1 };
  let cursor: readonly [number, number] = [0, 0];

  const picture = make("div", { className: "flow-picture" });
  const note = make("p", { className: "faint" });
  const cellNote = make("p", { className: "flow-cell faint" });
  /** Screen readers announce the user's actions, not the changes by training. */
  const said = make("p", { className: "hidden" });
  said.setAttribute("role", "status");
  const panel = new PathPanel((edge) => choose([...current(), edge]));
  const radio = (value: typeof which, text: string) => {
    const input = make("input", { type: "radio", name: `${place.id}-of`, checked: value === which });
    input.addEventListener("change", () => {
      which = value;
      draw();
    });
    return make("label", {}, input, text);
  };
  const button = (text: string, action: () => void) => make("button", { type: "button", onclick: action }, text);
  const chips = make("div", { className: "chips" }, radio("learned", "Learned"), radio("target", "What the target asks"));
  chips.setAttribute("role", "radiogroup");
  chips.setAttribute("aria-label", "Flow shown");
  const bar = make(
    "div",
    { className: "flow-bar" },
    chips,
    button("Sample a path", () => {
      path = { seed: ("seed" in path ? path.seed : 0) + SAMPLES + 1 };
      draw();
      said.textContent = panel.words;
    }),
    button("Back along the path", () => choose(current().slice(0, -1))),
    button("Start again", () => choose([])),
  );
  const view = make(
    "div",
    { className: "flow" },
    bar,
    make("div", { className: "flow-columns" }, make("div", {}, picture, cellNote, note), panel.element),
  );
  place.replaceChildren(view, said);

  function choose(edges: readonly number[]): void {
    path = { edges };
    draw();
    said.textContent = panel.words;
  }

  /** The policy shown: the learned one, or the target's. */
  function policy(): ArrayLike<number> {
    return which === "target" || shown === undefined ? (prepared?.targetPolicy ?? []) : shown.policy;
  }

  function sampled(seed: number): number[] {
    return prepared === undefined ? [] : samplePath(prepared.graph, prepared.edges, policy(), uniform(seed));
  }

  function current(): readonly number[] {
    return "edges" in path ? path.edges : sampled(path.seed);
  }

  /** Goes to a state along the edge from the end of the path, or back to it if the path has been there. */
  function goTo(state: number): void {
    if (prepared === undefined) return;
    const { graph, edges } = prepared;
    const gone = current();
    const before = [0, ...gone.map((edge) => graph.to[edge] as number)].indexOf(state);
    if (before >= 0) {
      choose(gone.slice(0, before));
      return;
    }
    const ends = [endOf(graph, gone), ...gone.map((edge) => graph.from[edge] as number).reverse()];
    for (const [back, end] of ends.entries()) {
      const edge = edges[end]?.find((each) => graph.to[each] === state);
      if (edge === undefined) continue;
      choose([...gone.slice(0, gone.length - back), edge]);
      return;
    }
  }

  function draw(): void {
    if (prepared === undefined || shown === undefined) return;
    const { graph, edges, target, drawing } = prepared;
    view.style.setProperty("--shown-flow", which === "target" ? "var(--target)" : shown.colour);
    const flows = which === "target" ? target : flowsOf(graph, shown.policy);
    const gone = current();
    if (drawing instanceof GridDrawing) {
      drawing.showFlows(graph, flows);
      const seed = "seed" in path ? path.seed : 0;
      drawing.showPaths(
        graph,
        Array.from({ length: SAMPLES }, (_, n) => sampled(seed + 1 + n)),
        gone,
      );
      drawing.element.setAttribute("aria-label", spoken(graph, flows, target));
      showCell(flows);
    } else drawing.show(flows, gone);
    panel.show(graph, policy(), flows, gone, edges[endOf(graph, gone)] ?? [], shown.backward);
  }

  function showCell(flows: Flows): void {
    if (prepared?.graph.cells === undefined) return;
    const { graph, edges, target } = prepared;
    const state = cellState(graph, cursor);
    const choices = (edges[state] ?? []).map((edge) => {
      const [x, y] = graph.cells?.[graph.to[edge] as number] ?? [0, 0];
      const way = isStop(graph, edge) ? "stop" : x > cursor[0] ? "right" : y > cursor[1] ? "up" : "on";
      return `${way} ${numberText(policy()[edge] as number)}`;
    });
    const stop = (edges[state] ?? []).find((edge) => isStop(graph, edge));
    const wanted = stop === undefined ? "" : ` R/Z ${numberText(target.states[graph.to[stop] as number] as number)}.`;
    cellNote.textContent = `Cell ${graph.names[state]}: flow ${numberText(flows.states[state] as number)} of Z; p_F: ${choices.join(", ")}.${wanted}`;
  }

  function prepare(graph: StateGraph): Prepared {
    const target = targetFlows(graph);
    const edges = edgesFrom(graph);
    const common = { graph, edges, target, targetPolicy: policyOf(graph, target) };
    const { cells } = graph;
    if (cells === undefined) {
      const drawing = new LayeredDrawing(graph, target, goTo);
      const { shown: few, all } = drawing.counts;
      const part =
        few === all
          ? `All ${all} states.`
          : `${few} of ${all} states: in each layer those with the largest flow of the target. Dotted: flow to the others.`;
      note.textContent = `${part} Widths of lines grow with the square root of the flow. Bars below an object: R/Z, and under it the probability.`;
      cellNote.hidden = true;
      return { ...common, drawing };
    }
    const [columns, rows] = [0, 1].map((axis) => 1 + largestOf(cells.map((cell) => cell[axis] as number))) as [number, number];
    const values = new Float64Array(columns * rows);
    Array.from(graph.logReward).forEach((value, state) => {
      const [x, y] = cells[state] as readonly [number, number];
      if (!Number.isNaN(value)) values[y * columns + x] = target.states[state] as number;
    });
    const drawing = new GridDrawing(columns, rows, values);
    cursor = [0, 0];
    note.textContent = `Arrows: flow to the next cell. Discs: flow that stops. Widths grow with its square root. Shaded cells: the target. Thin lines: ${SAMPLES} sampled paths.`;
    cellNote.hidden = false;
    const { element } = drawing;
    element.addEventListener("click", ({ clientX, clientY }) => {
      const cell = drawing.cellAt(clientX, clientY);
      if (cell === undefined) return;
      point(drawing, cell);
      goTo(cellState(graph, cell));
    });
    element.addEventListener("pointermove", ({ clientX, clientY }) => {
      const cell = drawing.cellAt(clientX, clientY);
      if (cell !== undefined) point(drawing, cell);
    });
    element.setAttribute("tabindex", "0");
    element.setAttribute("aria-description", "Arrow keys move over the cells; Enter takes a step to the cell.");
    element.addEventListener("keydown", (event) => {
      const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter") goTo(cellState(graph, cursor));
      else if (step !== undefined) {
        const [x, y] = [cursor[0] + (step[0] as number), cursor[1] + (step[1] as number)];
        point(drawing, [Math.max(0, Math.min(columns - 1, x)), Math.max(0, Math.min(rows - 1, y))]);
      } else return;
      event.preventDefault();
    });
    return { ...common, drawing };
  }

  function point(drawing: GridDrawing, cell: readonly [number, number]): void {
    cursor = cell;
    drawing.showCursor(cell);
    if (prepared === undefined || shown === undefined) return;
    showCell(which === "target" ? prepared.target : flowsOf(prepared.graph, shown.policy));
    said.textContent = cellNote.textContent;
  }

  return {
    show(next) {
      if (next.graph !== prepared?.graph) {
        // Keep the chosen path if only the target has changed.
        if (prepared !== undefined && !sameStates(next.graph, prepared.graph)) path = { seed: 1 };
        prepared = prepare(next.graph);
        picture.replaceChildren(prepared.drawing.element);
        picture.className = `flow-picture ${next.graph.cells === undefined ? "scrolls" : ""}`;
        if (next.graph.cells === undefined) {
          // A region that scrolls must be reached by the keyboard.
          picture.tabIndex = 0;
          picture.setAttribute("role", "group");
          picture.setAttribute("aria-label", "State graph");
        } else for (const name of ["tabindex", "role", "aria-label"]) picture.removeAttribute(name);
      }
      if (next.backward !== undefined || shown?.backward !== undefined) {
        const target = targetFlows(next.graph, next.backward);
        prepared = { ...prepared, target, targetPolicy: policyOf(next.graph, target) };
      }
      shown = next;
      draw();
    },
    get figure() {
      return prepared?.drawing.element;
    },
  };
}

/** The state of a cell that can go on, not the object that stopping there makes. */
function cellState({ cells, logReward }: StateGraph, [x, y]: readonly [number, number]): number {
  return (cells ?? []).findIndex((cell, state) => cell[0] === x && cell[1] === y && Number.isNaN(logReward[state]));
}

const sameStates = (a: StateGraph, b: StateGraph) => a.names.length === b.names.length && a.names.every((name, n) => name === b.names[n]);

/** A text for screen readers: how much stops in the most rewarded cells. */
function spoken(graph: StateGraph, flows: Flows, target: Flows): string {
  const objects = graph.names.map((_, state) => state).filter((state) => !Number.isNaN(graph.logReward[state]));
  const best = objects.sort((a, b) => (target.states[b] as number) - (target.states[a] as number)).slice(0, 4);
  const cells = best.map(
    (x) => `${graph.names[x]} target ${numberText(target.states[x] as number)}, flow ${numberText(flows.states[x] as number)}`,
  );
  return `Flow over the grid. log Z is ${numberText(logZOf(graph))}. Most rewarded cells: ${cells.join("; ")}`;
}
