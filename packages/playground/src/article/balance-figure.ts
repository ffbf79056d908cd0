import { largestOf, smallestOf } from "@webgfn/tensor/internal";
import { pathFactors } from "../flow/flows.js";
import { svg } from "../flow/svg.js";
import { numberText } from "../page/elements.js";
import { allPaths, gridGraph } from "./environments.js";
import { type ArticleFigure, articleFigure, slider } from "./figure.js";
import { coefficients, TabularPolicy } from "./tabular-policy.js";

const SIDE = 4;
const [WIDTH, HEIGHT, LEFT, FOOT] = [480, 320, 44, 34];
/** Radius of the dot that pulls most. */
const LARGEST = 17;

/** Figure 4: every path of a 4 × 4 grid by log p_F and log p_B R/Z, and how much each pulls on the policy, over the order α. */
export function balanceFigure(): ArticleFigure {
  const graph = gridGraph(SIDE, (x, y) => (x === 3 && y === 3 ? 3 : x === 3 && y === 0 ? 1.5 : 0.1));
  const policy = new TabularPolicy(graph);
  const paths = allPaths(graph, policy.edges);
  const known = paths.map((path) => pathFactors(graph, policy.probabilities, path));
  const dots = known.map(({ logForward, logBackward, logTarget = Number.NaN }) => [logForward, logBackward + logTarget] as const);
  const values = dots.flat();
  const [low, high] = [smallestOf(values) - 0.4, largestOf(values) + 0.4];
  const x = (value: number) => LEFT + ((value - low) / (high - low)) * (WIDTH - LEFT - 8);
  const y = (value: number) => HEIGHT - FOOT - ((value - low) / (high - low)) * (HEIGHT - FOOT - 8);
  const circles = dots.map(([forward, wanted]) =>
    svg("circle", { cx: x(forward).toFixed(1), cy: y(wanted).toFixed(1), class: wanted > forward ? "too-rare" : "too-often" }),
  );
  const decades = Array.from({ length: 20 }, (_, n) => -n).filter((n) => n * Math.LN10 > low && n * Math.LN10 < high);
  const decade = (n: number) =>
    n === 0 ? "1" : n > -3 ? String(10 ** n) : `10${[...String(n)].map((digit) => SUPERSCRIPTS[digit]).join("")}`;
  const picture = svg(
    "svg",
    { class: "article-plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" },
    ...decades.flatMap((n) => [
      svg("path", { class: "axis", d: `M${x(n * Math.LN10)} 8V${HEIGHT - FOOT}M${LEFT} ${y(n * Math.LN10)}H${WIDTH - 8}` }),
      svg("text", { x: x(n * Math.LN10), y: HEIGHT - FOOT + 14, "text-anchor": "middle" }, decade(n)),
      svg("text", { x: LEFT - 5, y: y(n * Math.LN10) + 4, "text-anchor": "end" }, decade(n)),
    ]),
    svg("path", { class: "diagonal", d: `M${x(low)} ${y(low)}L${x(high)} ${y(high)}` }),
    ...circles,
    svg("text", { class: "name", x: WIDTH - 8, y: HEIGHT - 4, "text-anchor": "end" }, "what the policy does, p_F(τ)"),
    svg("text", { class: "name", x: LEFT + 6, y: 20 }, "what it should do, p_B(τ|x) R(x)/Z"),
  );
  const shares = known.map(({ logForward }) => Math.exp(logForward));
  const residuals = paths.map((path) => policy.residual(path));
  const show = (alpha: number) => {
    const pulls = coefficients(residuals, shares, alpha).map(Math.abs);
    const most = largestOf(pulls);
    const total = pulls.reduce((sum, pull) => sum + pull, 0);
    circles.forEach((circle, n) => {
      circle.setAttribute("r", Math.max(1.5, LARGEST * Math.sqrt((pulls[n] as number) / most)).toFixed(1));
    });
    // The dot of the best path: the one that should be taken most.
    const best = dots.reduce((top, [, wanted], n) => (wanted > (dots[top] as readonly [number, number])[1] ? n : top), 0);
    const sentence = `${nameOf(alpha)}: the path that should be taken most has ${numberText((100 * (pulls[best] as number)) / total)} % of all pull.`;
    picture.setAttribute("aria-label", `Scatter plot of 69 paths. ${sentence}`);
    figure.say(sentence);
  };
  const control = slider("Order α", { least: -1, most: 2, step: 0.25, value: 1 }, (alpha) => String(alpha).replace("-", "−"), show);
  const caption =
    "Green, above the line: too rare. Purple, below it: too often. Equal paths lie on one another. Try: α = 0 pulls up what is missing. α = 2 pushes down what is too much, and leaves rare good paths alone.";
  const figure = articleFigure(picture, control.element, caption);
  show(control.value);
  return figure;
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  "-": "⁻",
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
};

/** The name of the divergence of an order. */
function nameOf(alpha: number): string {
  if (alpha === 1) return "Reverse KL, as trajectory balance on the policy's own paths";
  if (alpha === 0) return "Forward KL";
  return `Rényi ${String(alpha).replace("-", "−")}`;
}
