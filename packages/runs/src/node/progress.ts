import { type Column, type Progress, spreadOf } from "@webgfn/trainer";
import { briefColumns } from "@webgfn/trainer/internal";
import { show } from "../results.js";

const BAR = 20;

/** `9:05`, or `1:02:03` */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** The run on standard error: one line that lives on a terminal, or one plain line per evaluation elsewhere. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #steps: number;
  #start: { step: number; time: number } | undefined;
  #latest = "";

  constructor(steps: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
    this.#steps = steps;
  }

  /** Says what is going on before the first step. */
  say(text: string): void {
    if (this.#stream.isTTY) this.#draw(text);
  }

  /** Shows the columns of an evaluation that people follow. */
  evaluated(progress: Progress, columns: readonly Column[]): void {
    this.#latest = this.#describe(progress, columns);
    if (!this.#stream.isTTY) this.#stream.write(`step ${progress.step}/${this.#steps}  ${this.#latest}\n`);
  }

  stepped(step: number): void {
    if (!this.#stream.isTTY) return;
    const time = performance.now();
    // The pace is that of this session, compilation left out.
    this.#start ??= { step, time };
    const rate = step > this.#start.step ? (1000 * (step - this.#start.step)) / (time - this.#start.time) : 0;
    const filled = Math.floor((BAR * step) / this.#steps);
    const bar = "█".repeat(filled) + "░".repeat(BAR - filled);
    const pace = rate > 0 ? `${show(rate)} steps/s  ${clock((this.#steps - step) / rate)} left  ` : "";
    this.#draw(`${bar} ${step}/${this.#steps}  ${pace}${this.#latest}`);
  }

  /** Says what happened meanwhile, in a line that stays. */
  note(text: string): void {
    this.clear();
    this.#stream.write(`webgfn: ${text}\n`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#stream.isTTY) this.#stream.write("\r\x1b[K");
  }

  #draw(text: string): void {
    this.#stream.write(`\r\x1b[K${text.slice(0, Math.max(20, (this.#stream.columns || 80) - 1))}`);
  }

  /** Means over the sound replicas. */
  #describe({ replicas }: Progress, columns: readonly Column[]): string {
    const means = briefColumns(columns).map(({ key, label }) => ({ label, mean: spreadOf(replicas, key)?.mean }));
    return means.flatMap(({ label, mean }) => (mean === undefined || Number.isNaN(mean) ? [] : [`${label} ${show(mean)}`])).join("  ");
  }
}
