import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../packages/webgfn/dist/bin.js", import.meta.url));

/** The command line as a process that goes on beside the test, with its children in a group of its own. */
export class Program {
  readonly #child: ChildProcess;
  /** What it has said so far. */
  said = "";
  printed = "";
  /** Its exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  #isOver = false;

  constructor(words: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string) {
    this.#child = spawn(process.execPath, [BIN, ...words], {
      env: { ...process.env, ...env },
      cwd,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.printed += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.said += text;
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("close", (status, signal) => {
        this.#isOver = true;
        resolve(signal ?? status);
      });
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Sends a signal to the process alone. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal to the process and its children: what a machine that stands still does to all of them. */
  killAll(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // All of them have ended.
    }
  }

  /** Waits until it has said something. */
  async says(what: RegExp, from = 0): Promise<void> {
    await until(
      () => what.test(this.said.slice(from)) || this.#isOver,
      () => `it to say ${what}; it said ${this.said}`,
    );
    if (!what.test(this.said.slice(from))) throw new Error(`it ended without ${what}; it said ${this.said}`);
  }
}

/** Waits until something is true. */
export async function until(holds: () => boolean, what: string | (() => string), seconds = 120): Promise<void> {
  for (const end = performance.now() + 1000 * seconds; !holds(); ) {
    if (performance.now() > end) throw new Error(`waited in vain for ${typeof what === "string" ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
