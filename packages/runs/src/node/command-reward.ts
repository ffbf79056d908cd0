import { type ChildProcess, spawn } from "node:child_process";
import { hostReward, type Reward } from "@webgfn/envs";
import { WebgfnError } from "@webgfn/tensor";
import { inBrief } from "@webgfn/tensor/internal";

/** Longest line that a command may print: more is a flood. */
const LONGEST_LINE = 2 ** 26;

export interface CommandRewardOptions {
  /** Seconds that the command has for a batch; then it is killed. Default 600. */
  timeLimit?: number;
  /** How often a batch is given to a new process where one has died. Default 1. */
  retries?: number;
}

/**
 * A reward by a command in any language. It runs through the shell, once for all batches: for each batch it reads one line, a JSON array of
 * objects as `webgfn sample` shows them, and prints one line, the JSON array of their log R. What it prints to standard error is shown. A
 * process that dies is started again.
 */
export function commandReward(command: string, { timeLimit = 600, retries = 1 }: CommandRewardOptions = {}): Reward {
  const worker = new CommandWorker(command, timeLimit);
  return hostReward((objects) => worker.ask(objects), { name: command, timeLimit: 2 * timeLimit, retries });
}

/** A line that was asked for. */
interface Waiting {
  resolve(line: string): void;
  reject(error: Error): void;
}

/** A process that answers lines by lines, started when it is first asked. */
class CommandWorker {
  readonly #command: string;
  readonly #timeLimit: number;
  #child: ChildProcess | undefined;
  #printed = "";
  #waiting: Waiting | undefined;

  constructor(command: string, timeLimit: number) {
    this.#command = command;
    this.#timeLimit = timeLimit;
  }

  async ask(objects: readonly object[]): Promise<number[]> {
    const child = this.#child ?? this.#start();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const line = await new Promise<string>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      hold(child, true);
      timer = setTimeout(() => this.#fail(`printed no line within ${this.#timeLimit} s`), 1000 * this.#timeLimit);
      child.stdin?.write(`${JSON.stringify(objects)}\n`);
    }).finally(() => {
      clearTimeout(timer);
      this.#waiting = undefined;
      hold(child, false);
    });
    let values: unknown;
    try {
      values = JSON.parse(line);
    } catch {
      this.#stop();
      throw this.#error(`printed ${inBrief(line)}, which is no JSON array`);
    }
    if (!Array.isArray(values)) throw this.#error(`printed ${inBrief(line)}, which is no JSON array`);
    return values as number[];
  }

  #start(): ChildProcess {
    const child = spawn(this.#command, { shell: true, stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    this.#printed = "";
    child.on("error", (error) => this.#fail(`cannot be run: ${error.message}`));
    child.on("exit", (code, signal) => {
      if (this.#child === child) this.#fail(`ended with ${signal ?? `status ${code}`} before it had answered`);
    });
    // The pipe breaks where the process has ended, which the listener of "exit" reports.
    child.stdin?.on("error", () => {});
    child.stdout?.setEncoding("utf8");
    child.stdout?.on("data", (text: string) => this.#take(text));
    return child;
  }

  #take(text: string): void {
    this.#printed += text;
    const end = this.#printed.indexOf("\n");
    if (end < 0 && this.#printed.length > LONGEST_LINE) this.#fail(`printed a line of more than ${LONGEST_LINE} characters`);
    if (end < 0) return;
    const [line, rest] = [this.#printed.slice(0, end), this.#printed.slice(end + 1)];
    this.#printed = rest;
    if (this.#waiting === undefined || rest.includes("\n")) this.#fail(`printed more lines than it was given: ${inBrief(line)}`);
    else this.#waiting.resolve(line);
  }

  /** Ends the process, and fails whoever waits for it. */
  #fail(what: string): void {
    this.#stop();
    this.#waiting?.reject(this.#error(what));
  }

  #stop(): void {
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
  }

  #error(what: string): WebgfnError {
    return new WebgfnError("reward", `the reward command \`${this.#command}\` ${what}`, {
      fix: "for each line that it reads, a JSON array of objects, it must print one line, the JSON array of their log R, and flush it",
    });
  }
}

/** Whether the program waits for the process, or may end without it. */
function hold(child: ChildProcess, holds: boolean): void {
  const pipes = [child.stdin, child.stdout] as unknown as ({ ref?(): void; unref?(): void } | null)[];
  for (const each of [child, ...pipes]) {
    if (holds) each?.ref?.();
    else each?.unref?.();
  }
}
