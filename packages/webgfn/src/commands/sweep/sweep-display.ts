import { clock, lineWidth, tell, writeQuietly } from "@webgfn/runs/node/internal";
import type { PlannedRun } from "@webgfn/sweeps";
import type { Ending, FromChild, SweepFollower } from "@webgfn/sweeps/internal";
import { shownName } from "@webgfn/tensor/internal";
import { settingsText } from "./settings-text.js";

/** Milliseconds between two drawings. */
const PAUSE = 250;
const UP = "\x1b[A";
const CLEARED = "\r\x1b[J";

interface Running {
  settings: string;
  step: number;
  text: string;
}

/** Shows a sweep on standard error: on a terminal one line for the sweep and one for each active run, elsewhere one line per event. */
export class SweepDisplay implements SweepFollower {
  /** Number of runs, if it is known. */
  readonly #count: number | undefined;
  readonly #stream = process.stderr;
  readonly #running = new Map<number, Running>();
  readonly #start = performance.now();
  /** Runs that are over, and how many of them this process carried out. */
  #over = 0;
  #ended = 0;
  #failed = 0;
  #lines = 0;
  #drawn = Number.NEGATIVE_INFINITY;

  constructor(count?: number) {
    this.#count = count;
  }

  passed(): void {
    this.#over++;
  }

  started(index: number, { settings }: Pick<PlannedRun, "settings">): void {
    this.#running.set(index, { settings: settingsText(settings), step: 0, text: "" });
    if (!this.#stream.isTTY) tell(`run ${index} starts  ${settingsText(settings)}`.trimEnd().concat("\n"));
    this.#draw(true);
  }

  heard(index: number, message: FromChild): void {
    const running = this.#running.get(index);
    if (running === undefined) return;
    if (message.kind === "stepped") running.step = message.step;
    if (message.kind === "says") running.text = message.text;
    if (message.kind === "evaluated") Object.assign(running, { step: message.step, text: message.text });
    if (message.kind === "notes") this.say(`run ${index}: ${message.text}`);
    this.#draw(false);
  }

  ended(index: number, ending: Ending): void {
    const last = this.#running.get(index);
    this.#running.delete(index);
    this.#over++;
    this.#ended++;
    if (ending.kind === "failed") this.#failed++;
    if (ending.kind === "failed") this.say(`run ${index} failed: ${ending.message}`);
    else if (ending.kind === "finished" && !this.#stream.isTTY) tell(`${`run ${index} is finished  ${last?.text ?? ""}`.trimEnd()}\n`);
    else if (ending.kind === "in-use") this.say(`run ${index} is carried out by ${ending.holder}`);
    this.#draw(true);
  }

  /** Clears the lines. */
  clear(): void {
    if (!this.#stream.isTTY) return;
    writeQuietly(this.#stream, `${UP.repeat(this.#lines)}${CLEARED}`);
    this.#lines = 0;
  }

  /** Prints a line that stays. */
  say(text: string): void {
    this.clear();
    tell(`webgfn: ${text}\n`);
    this.#draw(true);
  }

  #draw(now: boolean): void {
    const time = performance.now();
    if (!this.#stream.isTTY || (!now && time - this.#drawn < PAUSE)) return;
    this.#drawn = time;
    this.clear();
    const passed = (time - this.#start) / 1000;
    // An active run is half done, on average.
    const remaining = this.#count === undefined ? undefined : this.#count - this.#over - this.#running.size / 2;
    const left = remaining === undefined || this.#ended === 0 ? "" : `, about ${clock((passed / this.#ended) * remaining)} left`;
    const failed = this.#failed === 0 ? "" : `, ${this.#failed} failed`;
    const head = `${this.#over}${this.#count === undefined ? "" : ` of ${this.#count}`} runs are over${failed}  ${clock(passed)}${left}`;
    const rows = [...this.#running].map(
      ([index, { settings, step, text }]) => `  #${index} ${settings}  step ${step}  ${text || "starts"}`,
    );
    const shown = [head, ...rows].map((row) => shownName(row, lineWidth(this.#stream)));
    writeQuietly(this.#stream, `${shown.join("\n")}\n`);
    this.#lines = shown.length;
  }
}
