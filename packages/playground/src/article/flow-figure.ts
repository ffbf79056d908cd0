import { logZOf, targetFlows } from "../flow/flows.js";
import { GridDrawing } from "../flow/grid-drawing.js";
import { numberText } from "../page/elements.js";
import { gridGraph, targetCells } from "./environments.js";
import { type ArticleFigure, articleFigure, slider } from "./figure.js";

const SIDE = 4;

/** Figure 3: the exact flow on a 4 × 4 grid, over the reward of one corner. */
export function flowFigure(): ArticleFigure {
  const corner = SIDE - 1;
  const isCorner = (x: number, y: number) => (x === 0 || x === corner) && (y === 0 || y === corner);
  const graphOf = (reward: number) => gridGraph(SIDE, (x, y) => (x === corner && y === corner ? reward : isCorner(x, y) ? 1 : 0.1));
  const drawing = new GridDrawing(SIDE, SIDE, new Float64Array(SIDE * SIDE));
  const show = (exponent: number) => {
    const reward = 10 ** exponent;
    const graph = graphOf(reward);
    const flows = targetFlows(graph);
    drawing.showTarget(targetCells(graph, SIDE, flows.states));
    drawing.showFlows(graph, flows);
    const z = Math.exp(logZOf(graph));
    drawing.element.setAttribute(
      "aria-label",
      `Flow over a grid of 4 by 4 cells. ${numberText(reward)} of ${numberText(z)} flow to the top right corner.`,
    );
    figure.say(`Z = ${numberText(z)} enter at the bottom left; ${numberText(reward)} of them reach the top right corner.`);
  };
  const control = slider("Reward of the top right corner", { least: -1, most: 1, step: 0.1, value: 0 }, (x) => numberText(10 ** x), show);
  const caption =
    "Arrows and discs: flow on, and flow that stops. Their widths grow with its square root. Try: raise the reward, and see which cells upstream must split differently.";
  const figure = articleFigure(drawing.element, control.element, caption);
  show(control.value);
  return figure;
}
