import { flowsOf, l1Of, targetFlows } from "../flow/flows.js";
import { GridDrawing } from "../flow/grid-drawing.js";
import { uniform } from "../flow/uniform.js";
import { make, numberText } from "../page/elements.js";
import { gridGraph, targetCells } from "./environments.js";
import { type ArticleFigure, articleFigure, slider } from "./figure.js";
import { TabularPolicy } from "./tabular-policy.js";

const SIDE = 8;
const STEPS = 300;
const STEPS_OF_FRAME = 4;
const BATCH = 128;
const RATE = 0.05;
const PLATEAU = 0.5;
/** Share of its target probability that a corner must get to count as found. */
const FOUND = 0.25;

/** Figure 5: reverse KL and Rényi ½ on four corners with a valley between them, trained live. */
export function modesFigure(): ArticleFigure {
  const sides = [
    { title: "Reverse KL", alpha: 1, colour: "var(--c1)" },
    { title: "Rényi ½", alpha: 0.5, colour: "var(--c0)" },
  ].map((each) => {
    const drawing = new GridDrawing(SIDE, SIDE, new Float64Array(SIDE * SIDE));
    drawing.element.style.setProperty("--flow", each.colour);
    const note = make("p", { className: "article-note" });
    return { ...each, drawing, note, panel: make("div", {}, make("h4", {}, each.title), drawing.element, note) };
  });
  let seed = 0;
  let running = 0;

  /** Two untrained policies on a grid with this reward in the valley. */
  const begin = (exponent: number) => {
    const isNear = (value: number) => Math.abs(value / (SIDE - 1) - 0.5) > 0.25;
    const graph = gridGraph(SIDE, (x, y) => 10 ** exponent + (isNear(x) && isNear(y) ? PLATEAU : 0));
    const target = targetCells(graph, SIDE, targetFlows(graph).states);
    seed++;
    const racers = sides.map((side) => {
      side.drawing.showTarget(target);
      return { ...side, policy: new TabularPolicy(graph), random: uniform(seed), loss: Number.NaN };
    });
    return { graph, target, racers, steps: 0 };
  };
  type Race = ReturnType<typeof begin>;

  const train = (race: Race, steps: number): void => {
    for (const racer of race.racers) {
      for (let n = 0; n < steps; n++) racer.loss = racer.policy.step(racer.alpha, BATCH, RATE, racer.random);
    }
    race.steps += steps;
  };

  const show = ({ graph, target, racers, steps }: Race): void => {
    const words = racers.map(({ title, drawing, note, policy, loss }) => {
      const flows = flowsOf(graph, policy.probabilities);
      drawing.showFlows(graph, flows);
      const found = cornersOf(target, targetCells(graph, SIDE, flows.states));
      const l1 = l1Of(graph, flows);
      note.textContent = `${found} of 4 corners. L1 ${l1.toFixed(2)}${Number.isNaN(loss) ? "" : `, loss ${numberText(loss)}`}`;
      drawing.element.setAttribute("aria-label", `${title} after ${steps} steps: ${note.textContent}`);
      return `${title} has ${found} of 4 corners, and ${Math.round(50 * l1)} % of its mass in the wrong places`;
    });
    figure.say(steps < STEPS ? "Training …" : `After ${STEPS} steps. ${words.join(". ")}.`);
  };

  const start = (exponent: number): void => {
    const race = begin(exponent);
    const run = ++running;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      train(race, STEPS);
      show(race);
      return;
    }
    const frame = (): void => {
      // Stop if another run has started, or the article has been removed.
      if (run !== running || !figure.element.isConnected) return;
      train(race, STEPS_OF_FRAME);
      show(race);
      if (race.steps < STEPS) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  };

  const control = slider(
    "Reward in the valley",
    { least: -5, most: -1, step: 0.5, value: -5 },
    (x) => String(Number((10 ** x).toPrecision(1))),
    start,
  );
  const picture = make("div", { className: "article-pair" }, ...sides.map(({ panel }) => panel));
  const caption = "Try: raise the valley, and both find all corners. Lower it again: each run draws new random numbers.";
  const figure = articleFigure(picture, control.element, caption);
  show(begin(control.value));
  figure.say("Not trained yet.");
  // Begin when the figure becomes visible.
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    watcher.disconnect();
    start(control.value);
  });
  watcher.observe(figure.element);
  return figure;
}

/** The number of quarters of the grid that get more than a quarter of their target probability. */
function cornersOf(target: Float64Array, learned: Float64Array): number {
  const mass = (values: Float64Array) => {
    const sums = [0, 0, 0, 0];
    values.forEach((value, cell) => {
      const quarter = (cell % SIDE < SIDE / 2 ? 0 : 1) + (cell < values.length / 2 ? 0 : 2);
      sums[quarter] = (sums[quarter] as number) + value;
    });
    return sums;
  };
  const asked = mass(target);
  return mass(learned).filter((share, quarter) => share > FOUND * (asked[quarter] as number)).length;
}
