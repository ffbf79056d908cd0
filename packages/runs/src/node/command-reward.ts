import { type ChildProcess, spawn } from "node:child_process";
import { hostReward, type Reward } from "@webgfn/envs";
import { WebgfnError } from "@webgfn/tensor";
import { inBrief } from "@webgfn/tensor/internal";

/** Longest line that a command may print. */
const LONGEST_LINE = 2 ** 26;
/** Milliseconds to wait for the last lines of a process that has ended, if another process keeps its output open. */
const GRACE = 1000;

/**
 * The shell and its children form a process group, which is killed as a whole. An interrupt from the terminal does not reach the group: the
 * run first finishes its step, for which it may need the reward, and then the processes read the end of their input.
 */
const OWN_GROUP = process.platform !== "win32";

export interface CommandRewardOptions {
  /** Seconds per batch after which the command is killed. Default 600. */
  timeLimit?: number;
  /** How often a batch is given to a new process after one has died. Default 1. */
  retries?: number;
}

/**
 * A reward by a command in any language. The shell starts it once for all batches. For each batch it reads one line, a JSON array of objects
 * in the format of `webgfn sample`, and prints one line, the JSON array of their log R. Its standard error is shown. A process that dies is
 * started again.
 */
export function commandReward(command: string, { timeLimit = 600, retries = 1 }: CommandRewardOptions = {}): Reward {
  const worker = new CommandWorker(command, timeLimit);
  return hostReward((objects) => worker.ask(objects), { name: command, timeLimit: 2 * timeLimit, retries });
}

/** A request that waits for its line. */
interface Waiting {
  resolve(line: string): void;
  reject(error: Error): void;
}

/** A process that answers each line with a line, started at the first request. */
class CommandWorker {
  readonly #command: string;
  readonly #timeLimit: number;
  #child: ChildProcess | undefined;
  /** The incomplete line printed so far. */
  #printed = "";
  #waiting: Waiting | undefined;
  /** The error about a line without a request: no later line can be trusted to be an answer. */
  #fault: WebgfnError | undefined;

  constructor(command: string, timeLimit: number) {
    this.#command = command;
    this.#timeLimit = timeLimit;
  }

  async ask(objects: readonly object[]): Promise<number[]> {
    if (this.#fault !== undefined) throw this.#fault;
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
    const values = numbersIn(line);
    if (values !== undefined) return values;
    this.#stop();
    throw this.#error(`printed ${inBrief(line)}, which is no JSON array`);
  }

  #start(): ChildProcess {
    const child = spawn(this.#command, { shell: true, stdio: ["pipe", "pipe", "inherit"], detached: OWN_GROUP });
    this.#child = child;
    this.#printed = "";
    const ifCurrent = (then: () => void) => {
      if (this.#child === child) then();
    };
    child.on("error", (error) => ifCurrent(() => this.#fail(`cannot be run: ${error.message}`)));
    const ended = () => {
      const { exitCode, signalCode } = child;
      const missing = exitCode === 127 ? ", by which shells say that there is no such command," : "";
      ifCurrent(() => this.#fail(`ended with ${signalCode ?? `status ${exitCode}`}${missing} before it had answered`));
    };
    // Its last output may arrive after its end.
    child.on("close", ended);
    child.on("exit", () => setTimeout(ended, GRACE).unref());
    // The pipe breaks when the process has ended, which the listeners above report.
    child.stdin?.on("error", () => {});
    child.stdout?.setEncoding("utf8");
    child.stdout?.on("data", (text: string) => ifCurrent(() => this.#take(text)));
    return child;
  }

  #take(text: string): void {
    if (!text.includes("\n")) {
      this.#printed += text;
      if (this.#printed.length > LONGEST_LINE) this.#failForGood(`printed a line of more than ${LONGEST_LINE} characters`);
      return;
    }
    const lines = `${this.#printed}${text}`.split("\n");
    this.#printed = lines.pop() as string;
    const [line, another] = lines.filter((each) => each.trim() !== "");
    if (line === undefined) return;
    if (this.#waiting === undefined || another !== undefined) {
      this.#failForGood(`printed more lines than it was given: ${inBrief(another ?? line)}`);
    } else this.#waiting.resolve(line);
  }

  /** Kills the process, and rejects all waiting requests. */
  #fail(what: string): void {
    this.#stop();
    this.#waiting?.reject(this.#error(what));
  }

  /** The same, and rejects all later requests. */
  #failForGood(what: string): void {
    this.#fault = this.#error(what);
    this.#fail(what);
  }

  #stop(): void {
    const child = this.#child;
    this.#child = undefined;
    this.#printed = "";
    if (child === undefined) return;
    child.stdin?.destroy();
    child.stdout?.destroy();
    try {
      if (OWN_GROUP && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      else child.kill("SIGKILL");
    } catch {
      // It has already ended.
    }
  }

  #error(what: string): WebgfnError {
    return new WebgfnError("reward", `the reward command \`${this.#command}\` ${what}`, {
      fix: "for each line that it reads, a JSON array of objects, it must print one line, the JSON array of their log R, and flush it",
    });
  }
}

/** A number as programs print it. NaN and Infinity are not JSON, but Python's json and others print them. */
const NUMBER = /^-?(NaN|Infinity|\d+(\.\d+)?(e[-+]?\d+)?)$/i;

/** The array in a line. */
function numbersIn(line: string): number[] | undefined {
  let values: unknown;
  try {
    values = JSON.parse(line);
  } catch {
    const [, inside = ""] = /^\s*\[(.*)\]\s*$/.exec(line) ?? [];
    const texts = inside.split(",").map((text) => text.trim());
    if (texts.every((text) => NUMBER.test(text))) values = texts.map(Number);
  }
  return Array.isArray(values) ? (values as number[]) : undefined;
}

/** Makes the program wait for the process, or lets it end without it. */
function hold(child: ChildProcess, holds: boolean): void {
  const pipes = [child.stdin, child.stdout] as unknown as ({ ref?(): void; unref?(): void } | null)[];
  for (const each of [child, ...pipes]) {
    if (holds) each?.ref?.();
    else each?.unref?.();
  }
}
