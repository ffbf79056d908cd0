import type { Trajectory } from "../protocol.js";
import { make, numberText } from "./elements.js";

/** Shows one sampled trajectory, with a slider through its actions. The button "Another" replaces it by the latest one. */
export class TrajectoryView {
  readonly #list = make("ol", { className: "trajectory-steps", tabIndex: 0, "aria-label": "Actions" });
  readonly #slider = make("input", { type: "range", min: "0", max: "0", step: "1", value: "0", "aria-label": "Actions taken" });
  readonly #facts = make("p", { className: "faint" });
  readonly #onMove: (path: readonly (readonly [number, number])[], reached: number) => void;
  #latest: Trajectory | undefined;
  #shown: Trajectory | undefined;

  constructor(place: HTMLElement, onMove: (path: readonly (readonly [number, number])[], reached: number) => void) {
    this.#onMove = onMove;
    const button = (text: string, label: string, action: () => void) =>
      make("button", { type: "button", onclick: action, "aria-label": label }, text);
    const bar = make(
      "div",
      { className: "trajectory-bar" },
      button("◀", "One action back", () => this.#go(Number(this.#slider.value) - 1)),
      button("▶", "One action on", () => this.#go(Number(this.#slider.value) + 1)),
      button("Another", "Another trajectory", () => this.#take()),
    );
    this.#slider.addEventListener("input", () => this.#go(Number(this.#slider.value)));
    place.replaceChildren(bar, this.#slider, this.#facts, this.#list);
  }

  /** Stores the latest trajectory. Shows it if no trajectory has been shown since the last reset. */
  offer(trajectory: Trajectory): void {
    this.#latest = trajectory;
    if (this.#shown === undefined) this.#take();
  }

  reset(): void {
    this.#shown = undefined;
    this.#latest = undefined;
    this.#list.replaceChildren();
    this.#facts.textContent = "";
    this.#onMove([], 0);
  }

  #take(): void {
    if (this.#latest === undefined) return;
    this.#shown = this.#latest;
    const { steps, logForward, logReward } = this.#shown;
    this.#list.replaceChildren(...steps.map((text) => make("li", {}, text)));
    this.#slider.max = String(steps.length);
    this.#facts.textContent = `${steps.length} actions, log p_F ${numberText(logForward)}, log R ${numberText(logReward)}`;
    this.#go(steps.length);
  }

  #go(step: number): void {
    if (this.#shown === undefined) return;
    const reached = Math.max(0, Math.min(this.#shown.steps.length, step));
    this.#slider.value = String(reached);
    for (const [k, item] of [...this.#list.children].entries()) {
      if (k === reached - 1) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
    const current = this.#list.children[reached - 1] as HTMLElement | undefined;
    this.#list.scrollTop = current === undefined ? 0 : current.offsetTop - this.#list.offsetTop - this.#list.clientHeight / 2;
    this.#onMove(this.#shown.path ?? [], reached);
  }
}
