import { largestOf } from "@webgfn/tensor/internal";
import { svg } from "../flow/svg.js";
import { uniform } from "../flow/uniform.js";
import { type ArticleFigure, articleFigure, slider } from "./figure.js";

const NAMES = "abcdefgh";
const REWARDS = [1, 3, 0.5, 6, 2, 4, 1, 2.5];
const [WIDTH, HEIGHT, FOOT, HEAD] = [480, 170, 20, 18];
const SEED = 7;

/** Figure 1: rewards as outlines, and how often each object was drawn as bars, over the number of samples. */
export function rewardFigure(): ArticleFigure {
  const total = REWARDS.reduce((sum, reward) => sum + reward, 0);
  const highest = largestOf(REWARDS) / total;
  const step = WIDTH / REWARDS.length;
  const y = (share: number) => HEIGHT - FOOT - (Math.min(1.25 * highest, share) / highest) * (HEIGHT - FOOT - HEAD) * 0.8;
  const box = (className: string, n: number, share: number) =>
    svg("rect", { class: className, x: n * step + 8, width: step - 16, y: y(share), height: HEIGHT - FOOT - y(share) });
  const bars = REWARDS.map((_, n) => box("drawn", n, 0));
  const picture = svg(
    "svg",
    { class: "article-plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" },
    ...bars,
    ...REWARDS.map((reward, n) => box("wanted", n, reward / total)),
    ...REWARDS.map((_, n) =>
      svg("text", { class: "name", x: (n + 0.5) * step, y: HEIGHT - 5, "text-anchor": "middle" }, NAMES[n] as string),
    ),
    ...REWARDS.map((reward, n) => svg("text", { x: (n + 0.5) * step, y: 12, "text-anchor": "middle" }, `R ${reward}`)),
  );
  const show = (exponent: number) => {
    const draws = Math.round(10 ** exponent);
    const random = uniform(SEED);
    const counts = REWARDS.map(() => 0);
    for (let n = 0; n < draws; n++) {
      let left = random() * total;
      const chosen = REWARDS.findIndex((reward) => {
        left -= reward;
        return left < 0;
      });
      counts[chosen] = (counts[chosen] as number) + 1;
    }
    counts.forEach((count, n) => {
      const top = y(count / draws);
      bars[n]?.setAttribute("y", String(top));
      bars[n]?.setAttribute("height", String(HEIGHT - FOOT - top));
    });
    const distance = counts.reduce((sum, count, n) => sum + Math.abs(count / draws - (REWARDS[n] as number) / total), 0);
    picture.setAttribute(
      "aria-label",
      `Shares of samples: ${counts.map((count, n) => `${NAMES[n]} ${(count / draws).toFixed(2)}`).join(", ")}`,
    );
    figure.say(`Drawn: bars. Asked for, R/Z: outlines. Distance between the two, L1: ${distance.toFixed(3)}.`);
  };
  const control = slider("Samples", { least: 1, most: 5, step: 0.25, value: 1.5 }, (x) => Math.round(10 ** x).toLocaleString("en"), show);
  const figure = articleFigure(picture, control.element, "Try: move the slider to the right. The bars settle on the outlines.");
  show(control.value);
  return figure;
}
