import type { PlaneWindow, TargetEditor } from "@webgfn/envs";
import { make } from "./elements.js";

/** A component of a mixture in the plane. */
export interface Gaussian {
  mean: readonly [number, number];
  weight: number;
}

/** The part of the environment's declaration that the handles need. */
type Declared = Pick<Extract<TargetEditor, { kind: "points" }>, "window" | "entry" | "mostEntries">;

/** Distance that an arrow key moves a Gaussian, in units of the plane. With Shift it is five times as far. */
const STEP = 0.05;
const HEAVIER = 1.25;
const LIGHTEST = 0.05;
const HEAVIEST = 20;

/** An editor of a mixture: handles over the target's map move its Gaussians, and a slider sets the weight of the chosen one. */
export class MixtureEditor {
  readonly #frame: HTMLElement;
  readonly #window: PlaneWindow;
  readonly #declared: Declared;
  readonly #onEdit: (gaussians: readonly Gaussian[]) => void;
  #gaussians: Gaussian[];
  #chosen = 0;
  #handles: HTMLButtonElement[] = [];
  readonly #label = document.createTextNode("Weight");
  readonly #weight = make("input", { type: "range", min: String(Math.log(LIGHTEST)), max: String(Math.log(HEAVIEST)), step: "0.01" });
  readonly #output = make("output");
  readonly #add = make("button", { type: "button", id: "add-gaussian" });
  readonly #remove = make("button", { type: "button", id: "remove-gaussian" }, "Remove it");

  constructor(
    place: HTMLElement,
    frame: HTMLElement,
    declared: Declared,
    gaussians: readonly Gaussian[],
    onEdit: (gaussians: readonly Gaussian[]) => void,
  ) {
    this.#frame = frame;
    const { window, entry } = declared;
    this.#window = window;
    this.#declared = declared;
    this.#add.textContent = `Add a ${entry}`;
    this.#gaussians = [...gaussians];
    this.#onEdit = onEdit;
    this.#weight.addEventListener("input", () => this.#setWeight(Math.exp(Number(this.#weight.value))));
    this.#add.addEventListener("click", () => this.#insert(this.#freePlace()));
    this.#remove.addEventListener("click", () => this.#removeChosen());
    frame.addEventListener("dblclick", this.#onDoubleClick);
    place.replaceChildren(
      make(
        "p",
        { className: "faint editor-note" },
        "Drag a ring of the target, or move it with the arrow keys; + and − change its weight. A double click or tap on the target adds one.",
      ),
      make("label", { className: "slider" }, make("span", {}, this.#label), this.#weight, this.#output),
      make("div", { className: "editor-row" }, this.#add, this.#remove),
    );
    this.#build();
  }

  dispose(): void {
    this.#frame.removeEventListener("dblclick", this.#onDoubleClick);
    for (const handle of this.#handles) handle.remove();
  }

  #build(): void {
    for (const handle of this.#handles) handle.remove();
    this.#handles = this.#gaussians.map((_, k) => this.#handle(k));
    this.#frame.append(...this.#handles);
    this.#refresh();
  }

  #refresh(): void {
    const [left, right, bottom, top] = this.#window;
    for (const [k, handle] of this.#handles.entries()) {
      const { mean, weight } = this.#gaussians[k] as Gaussian;
      handle.style.left = `${(100 * (mean[0] - left)) / (right - left)}%`;
      handle.style.top = `${100 - (100 * (mean[1] - bottom)) / (top - bottom)}%`;
      handle.setAttribute("aria-pressed", String(k === this.#chosen));
      const at = mean.map((x) => x.toFixed(2)).join(", ");
      handle.setAttribute("aria-label", `${this.#declared.entry} ${k + 1} at ${at}, weight ${weight.toFixed(2)}`);
    }
    const weight = this.#gaussians[this.#chosen]?.weight ?? 1;
    this.#weight.value = String(Math.log(weight));
    this.#output.textContent = weight.toFixed(2);
    this.#label.data = `Weight of ${this.#declared.entry} ${this.#chosen + 1}`;
    this.#add.disabled = this.#gaussians.length >= this.#declared.mostEntries;
    this.#remove.disabled = this.#gaussians.length <= 1;
  }

  #edited(): void {
    this.#refresh();
    this.#onEdit(this.#gaussians);
  }

  #handle(k: number): HTMLButtonElement {
    const handle = make("button", { type: "button", className: "handle" });
    handle.addEventListener("focus", () => this.#choose(k));
    handle.addEventListener("pointerdown", (event) => {
      this.#choose(k);
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (handle.hasPointerCapture(event.pointerId)) this.#move(k, this.#place(event));
    });
    handle.addEventListener("keydown", (event) => this.#onKey(k, event));
    return handle;
  }

  #onKey(k: number, event: KeyboardEvent): void {
    // The browser handles such keys: Ctrl and minus make the page smaller.
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [x, y] = (this.#gaussians[k] as Gaussian).mean;
    const step = event.shiftKey ? 5 * STEP : STEP;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [x - step, y],
      ArrowRight: [x + step, y],
      ArrowDown: [x, y - step],
      ArrowUp: [x, y + step],
    };
    const move = moves[event.key];
    const weight = this.#gaussians[k]?.weight ?? 1;
    if (move !== undefined) this.#move(k, move);
    else if (event.key === "+") this.#setWeight(weight * HEAVIER);
    else if (event.key === "-") this.#setWeight(weight / HEAVIER);
    else if (event.key === "Delete" || event.key === "Backspace") this.#removeChosen();
    else return;
    event.preventDefault();
  }

  /** The pointer's position in the plane. */
  #place({ clientX, clientY }: MouseEvent): [number, number] {
    const { left, top, width, height } = this.#frame.getBoundingClientRect();
    const [low, high, bottom, ceiling] = this.#window;
    return [low + ((clientX - left) / width) * (high - low), ceiling - ((clientY - top) / height) * (ceiling - bottom)];
  }

  #choose(k: number): void {
    this.#chosen = k;
    this.#refresh();
  }

  #move(k: number, [x, y]: readonly [number, number]): void {
    const [left, right, bottom, top] = this.#window;
    const within = (value: number, low: number, high: number) => Number(Math.max(low, Math.min(high, value)).toFixed(3));
    const gaussian = this.#gaussians[k] as Gaussian;
    this.#gaussians[k] = { ...gaussian, mean: [within(x, left, right), within(y, bottom, top)] };
    this.#edited();
  }

  #setWeight(weight: number): void {
    const gaussian = this.#gaussians[this.#chosen] as Gaussian;
    const kept = Number(Math.max(LIGHTEST, Math.min(HEAVIEST, weight)).toFixed(3));
    this.#gaussians[this.#chosen] = { ...gaussian, weight: kept };
    this.#edited();
  }

  #insert(mean: readonly [number, number]): void {
    if (this.#gaussians.length >= this.#declared.mostEntries) return;
    this.#gaussians.push({ mean: [Number(mean[0].toFixed(3)), Number(mean[1].toFixed(3))], weight: 1 });
    this.#chosen = this.#gaussians.length - 1;
    this.#build();
    this.#handles[this.#chosen]?.focus();
    this.#edited();
  }

  #removeChosen(): void {
    if (this.#gaussians.length <= 1) return;
    this.#gaussians.splice(this.#chosen, 1);
    this.#chosen = Math.max(0, this.#chosen - 1);
    const hadFocus = this.#handles.includes(document.activeElement as HTMLButtonElement);
    this.#build();
    if (hadFocus) this.#handles[this.#chosen]?.focus();
    this.#edited();
  }

  /** The place of a coarse grid that is furthest from all others. */
  #freePlace(): [number, number] {
    const [left, right, bottom, top] = this.#window;
    const fractions = [0.5, 0.3, 0.7, 0.1, 0.9];
    const places = fractions.flatMap((u) =>
      fractions.map((v): [number, number] => [left + u * (right - left), bottom + v * (top - bottom)]),
    );
    const distance = ([x, y]: [number, number]) =>
      this.#gaussians.reduce((least, { mean }) => Math.min(least, Math.hypot(mean[0] - x, mean[1] - y)), Number.POSITIVE_INFINITY);
    return places.reduce((best, place) => (distance(place) > distance(best) + 1e-9 ? place : best));
  }

  readonly #onDoubleClick = (event: MouseEvent): void => {
    if (!(event.target as Element).classList.contains("handle")) this.#insert(this.#place(event));
  };
}
