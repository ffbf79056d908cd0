import { byId } from "./elements.js";

/** Milliseconds that a replay takes. */
const REPLAY = 6000;

/** The slider over the pictures of a run, and the button that plays them again. */
export class TimeBar {
  readonly #slider = byId<HTMLInputElement>("time");
  readonly #output = byId<HTMLOutputElement>("time-value");
  readonly #onMove: (index: number | undefined) => void;
  #count = 0;
  /** The picture shown; `undefined` for always the newest. */
  #at: number | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param onMove receives the place of the picture to show, `undefined` for the newest. */
  constructor(onMove: (index: number | undefined) => void) {
    this.#onMove = onMove;
    this.#slider.addEventListener("input", () => {
      this.stop();
      this.#go(Number(this.#slider.value));
    });
    byId("replay").addEventListener("click", () => this.replay());
  }

  /** The place of the picture shown; `undefined` for the newest. */
  get at(): number | undefined {
    return this.#at;
  }

  /** @param step the steps of the picture shown. */
  show(count: number, step: number): void {
    this.#count = count;
    this.#slider.max = String(Math.max(0, count - 1));
    this.#slider.disabled = count < 2;
    byId<HTMLButtonElement>("replay").disabled = count < 2;
    this.#slider.value = String(this.#at ?? count - 1);
    this.#output.textContent = `step ${step}`;
    this.#slider.setAttribute("aria-valuetext", `step ${step}`);
  }

  /** Shows the newest picture from now on. */
  reset(): void {
    this.stop();
    this.#at = undefined;
  }

  /** Plays all pictures, from the first to the newest. */
  replay(): void {
    this.stop();
    if (this.#count < 2) return;
    this.#go(0);
    this.#timer = setInterval(
      () => {
        const next = (this.#at ?? this.#count) + 1;
        this.#go(next);
        if (next >= this.#count - 1) this.stop();
      },
      Math.max(60, REPLAY / this.#count),
    );
  }

  /** Ends a replay where it is. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #go(index: number): void {
    this.#at = index >= this.#count - 1 ? undefined : index;
    this.#onMove(this.#at);
  }
}
