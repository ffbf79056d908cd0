import { printable, shownName } from "@webgfn/tensor/internal";
import { type Column, type Progress, spreadOf } from "@webgfn/trainer";
import { briefColumns } from "@webgfn/trainer/internal";
import { show } from "../results.js";
import { lineWidth, writeQuietly } from "./terminal.js";

/** Letters of the bar. */
const BAR = 20;
/** Goes to the beginning of the line and clears it. */
const CLEARED = "\r\x1b[K";

/** `9:05`, or `1:02:03` */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** A listener to a training: a terminal, or the process that started this one. */
export interface Follower {
  /** Shows the current activity before the first step. */
  say(text: string): void;
  evaluated(progress: Progress, columns: readonly Column[]): void;
  /** Called about twice a second. */
  stepped(step: number): void;
  /** Shows an event. */
  note(text: string): void;
  /** The training is over. */
  clear(): void;
}

/** Shows the run on standard error: one updated line on a terminal, or one plain line per evaluation elsewhere. */
export class ProgressLine implements Follower {
  readonly #stream: NodeJS.WriteStream;
  readonly #steps: number;
  #start: { step: number; time: number } | undefined;
  #latest = "";

  constructor(steps: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
    this.#steps = steps;
  }

  say(text: string): void {
    if (this.#stream.isTTY) this.#draw(text);
  }

  /** Shows the main columns of an evaluation. */
  evaluated(progress: Progress, columns: readonly Column[]): void {
    this.#latest = describeProgress(progress, columns);
    if (!this.#stream.isTTY) writeQuietly(this.#stream, `step ${progress.step}/${this.#steps}  ${this.#latest}\n`);
  }

  stepped(step: number): void {
    if (!this.#stream.isTTY) return;
    const time = performance.now();
    // The pace is that of this session, without compilation.
    this.#start ??= { step, time };
    const rate = step > this.#start.step ? (1000 * (step - this.#start.step)) / (time - this.#start.time) : 0;
    const filled = Math.floor((BAR * step) / this.#steps);
    const bar = "█".repeat(filled) + "░".repeat(BAR - filled);
    const pace = rate > 0 ? `${show(rate)} steps/s  ${clock((this.#steps - step) / rate)} left  ` : "";
    this.#draw(`${bar} ${step}/${this.#steps}  ${pace}${this.#latest}`);
  }

  /** Shows an event in a line that stays. */
  note(text: string): void {
    this.clear();
    writeQuietly(this.#stream, `webgfn: ${printable(text)}\n`);
  }

  /** Clears the line. */
  clear(): void {
    if (this.#stream.isTTY) writeQuietly(this.#stream, CLEARED);
  }

  #draw(text: string): void {
    writeQuietly(this.#stream, `${CLEARED}${shownName(text, lineWidth(this.#stream))}`);
  }
}

/** Means over the sound replicas, and the cost of a reward on the host. */
export function describeProgress({ replicas, rewards }: Progress, columns: readonly Column[]): string {
  const means = briefColumns(columns).map(({ key, label }) => ({ label, mean: spreadOf(replicas, key)?.mean }));
  const texts = means.flatMap(({ label, mean }) => (mean === undefined || Number.isNaN(mean) ? [] : [`${shownName(label)} ${show(mean)}`]));
  if (rewards !== undefined) texts.push(`${rewards.evaluated.toLocaleString("en")} rewards in ${show(rewards.seconds)} s`);
  return texts.join("  ");
}
