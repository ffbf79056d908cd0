import { endOf, flowsOf, pathFactors, samplePath, targetFlows } from "../flow/flows.js";
import { LayeredDrawing } from "../flow/layered-drawing.js";
import { uniform } from "../flow/uniform.js";
import { make, numberText } from "../page/elements.js";
import { setGraph } from "./environments.js";
import { type ArticleFigure, articleFigure } from "./figure.js";
import { TabularPolicy } from "./tabular-policy.js";

const SEED = 11;

/** Figure 2: a set of two of four items, built step by step by an untrained policy. */
export function stepsFigure(): ArticleFigure {
  const graph = setGraph("abcd", 2, (members) => 1 + (members.includes("a") ? 1 : 0) + (members.includes("d") ? 2 : 0));
  const { probabilities, edges } = new TabularPolicy(graph);
  const flows = flowsOf(graph, probabilities);
  const drawing = new LayeredDrawing(graph, targetFlows(graph), () => next());
  const random = uniform(SEED);
  let whole: number[] = [];
  let taken = 0;
  const next = () => {
    if (taken === whole.length) {
      whole = samplePath(graph, edges, probabilities, random);
      taken = 0;
    } else taken++;
    show();
  };
  const show = () => {
    const path = whole.slice(0, taken);
    drawing.show(flows, path);
    const { forward, logForward, logTarget } = pathFactors(graph, probabilities, path);
    const end = endOf(graph, path);
    const product = `p_F = ${forward.map((p) => (p === 0.25 ? "¼" : "⅓")).join(" · ")} = ${numberText(Math.exp(logForward))}`;
    if (taken === 0) figure.say("The empty set. No part is chosen yet.");
    else if (logTarget === undefined) figure.say(`${graph.names[end]}: ${product}.`);
    else
      figure.say(
        `${graph.names[end]}: ${product}. The other order gives as much, together ${numberText(flows.states[end] as number)}. R/Z is ${numberText(Math.exp(logTarget))}.`,
      );
    button.textContent = taken < whole.length ? "Next step" : "Build another";
  };
  const button = make("button", { type: "button", onclick: next }, "Next step");
  const picture = make("div", { className: "flow-picture scrolls", tabIndex: 0, "aria-label": "State graph" }, drawing.element);
  picture.setAttribute("role", "group");
  const control = make("div", { className: "article-control" }, button);
  const caption =
    "Try: build several sets. The upper bar of a set is R/Z, the lower one what this untrained policy gives: the same to each set.";
  const figure = articleFigure(picture, control, caption);
  whole = samplePath(graph, edges, probabilities, random);
  show();
  return figure;
}
