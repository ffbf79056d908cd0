import { cssShade, LEAST_BEYOND, MOST_BEYOND } from "./colours.js";
import { make, numberText } from "./elements.js";

/** Width of the part up to the target's largest value. */
const USUAL = 0.7;
const STOPS = 24;

/** The common scale of all maps: from 0 to the target's largest value, and values beyond it. */
export class ColourBar {
  readonly element: HTMLElement;
  readonly #bar = make("div", { className: "bar-of-colours" });
  readonly #most = make("span");
  readonly #what = make("span", { className: "what" });
  readonly #beyond = make("span", { className: "beyond" }, `${MOST_BEYOND}× and more`);

  constructor() {
    this.#most.style.left = `${100 * USUAL}%`;
    this.#most.className = "most";
    this.element = make(
      "div",
      { className: "colour-bar" },
      this.#what,
      this.#bar,
      make("div", { className: "ticks" }, make("span", { className: "least" }, "0"), this.#most, this.#beyond),
    );
  }

  /** @param what the meaning of the values, such as `probability of a cell`. @param isBounded whether no value can exceed the largest one. */
  show(highest: number, what: string, isBounded: boolean): void {
    this.#what.textContent = isBounded ? what : `${what}; red is clearly more than the target has anywhere`;
    this.#most.textContent = numberText(highest);
    this.#most.style.left = isBounded ? "100%" : `${100 * USUAL}%`;
    this.element.classList.toggle("bounded", isBounded);
    this.#beyond.hidden = isBounded;
    const usual = isBounded ? 1 : USUAL;
    const below = Array.from({ length: STOPS + 1 }, (_, k) => `${cssShade(k / STOPS).background} ${(100 * usual * k) / STOPS}%`);
    const above = [1.01 * LEAST_BEYOND, Math.sqrt(LEAST_BEYOND * MOST_BEYOND), MOST_BEYOND].map(
      (value, k) => `${cssShade(value).background} ${100 * (USUAL + ((1 - USUAL) * k) / 2)}%`,
    );
    this.#bar.style.background = `linear-gradient(to right, ${[...below, ...(isBounded ? [] : above)].join(", ")})`;
  }
}
