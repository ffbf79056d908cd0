import type { Trajectory } from "../protocol.js";
import { make, numberText } from "./elements.js";

/** Where a trajectory is drawn: over the map of its objective. */
type OnMove = (objective: number, path: readonly (readonly [number, number])[], reached: number) => void;

/** Shows one trajectory of the current policy, with a slider through its actions. */
export class TrajectoryView {
  readonly #list = make("ol", { className: "trajectory-steps", tabIndex: 0, "aria-label": "Actions" });
  readonly #slider = make("input", { type: "range", min: "0", max: "0", step: "1", value: "0", "aria-label": "Actions taken" });
  readonly #facts = make("p", { className: "faint" });
  readonly #onMove: OnMove;
  #shown: Trajectory | undefined;

  /** @param onAnother asks for another trajectory. */
  constructor(place: HTMLElement, onMove: OnMove, onAnother: () => void) {
    this.#onMove = onMove;
    const button = (text: string, label: string, action: () => void) =>
      make("button", { type: "button", onclick: action, "aria-label": label }, text);
    const bar = make(
      "div",
      { className: "trajectory-bar" },
      button("◀", "One action back", () => this.#go(Number(this.#slider.value) - 1)),
      button("▶", "One action on", () => this.#go(Number(this.#slider.value) + 1)),
      button("Another", "Another trajectory", onAnother),
    );
    this.#slider.addEventListener("input", () => this.#go(Number(this.#slider.value)));
    place.replaceChildren(bar, this.#slider, this.#facts, this.#list);
  }

  show(trajectory: Trajectory): void {
    this.#shown = trajectory;
    const { steps, step, logForward, logReward } = trajectory;
    this.#list.replaceChildren(...steps.map((text) => make("li", {}, text)));
    this.#slider.max = String(steps.length);
    this.#facts.textContent = `Of the policy at step ${step}: ${steps.length} actions, log p_F ${numberText(logForward)}, log R ${numberText(logReward)}`;
    this.#go(steps.length);
  }

  reset(): void {
    this.#shown = undefined;
    this.#list.replaceChildren();
    this.#facts.textContent = "";
    this.#onMove(-1, [], 0);
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
    this.#onMove(this.#shown.objective, this.#shown.path ?? [], reached);
  }
}
