import "../flow/flow.css";
import "./article.css";
import text from "./article.html?raw";
import { balanceFigure } from "./balance-figure.js";
import type { ArticleFigure } from "./figure.js";
import { flowFigure } from "./flow-figure.js";
import { modesFigure } from "./modes-figure.js";
import { rewardFigure } from "./reward-figure.js";
import { stepsFigure } from "./steps-figure.js";

const FIGURES: Readonly<Record<string, () => ArticleFigure>> = {
  reward: rewardFigure,
  steps: stepsFigure,
  flow: flowFigure,
  balance: balanceFigure,
  modes: modesFigure,
};

/**
 * Puts the explanation into an element: its text at once, its figures one after another, so that the page stays responsive. All figures are
 * computed on the CPU.
 */
export async function mountArticle(place: HTMLElement): Promise<void> {
  place.innerHTML = text;
  place.classList.add("article");
  for (const slot of place.querySelectorAll<HTMLElement>("[data-figure]")) {
    await new Promise((resolve) => setTimeout(resolve));
    const make = FIGURES[slot.dataset["figure"] ?? ""];
    if (make !== undefined) slot.replaceWith(make().element);
  }
}
