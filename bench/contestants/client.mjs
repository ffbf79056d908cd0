// The referee's end of a contestant's process.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isPython, startPython } from "../python/process.mjs";

const PROGRAM = fileURLToPath(new URL("process.mjs", import.meta.url));
/** Lines that Dawn prints in every process. */
const NOISE = /^(Warning: max|\s*$)/;

/** What a contestant did instead of answering, in a sentence. */
export class Failure extends Error {}

const running = new Set();

/** Ends every contestant at once. */
export function closeAll() {
  for (const contestant of running) contestant.close();
}

/** Starts a contestant in Node. `send` hands it a question, `listen` gets its answers, and `noise` has what it prints. */
function startNode(name) {
  const child = fork(PROGRAM, name.split(" "), { stdio: ["ignore", "pipe", "pipe", "ipc"], serialization: "advanced" });
  return {
    child,
    send: (message) => child.send(message),
    listen: (hear) => child.on("message", hear),
    noise: [child.stdout, child.stderr],
  };
}

export class Contestant {
  #child;
  #send;
  #waiting;
  #said = "";
  #end;

  /**
   * @param name `webgfn`, a library and its backend, as in `jax-js wasm`, or a contestant in Python, as in `PyTorch`.
   * @param start starts its process.
   */
  constructor(name, start = isPython(name) ? startPython : startNode) {
    this.name = name;
    const { child, send, listen, noise } = start(name);
    this.#child = child;
    this.#send = send;
    running.add(this);
    for (const stream of noise) {
      stream.setEncoding("utf8").on("data", (text) => {
        this.#said = `${this.#said}${text}`.slice(-4000);
      });
    }
    listen((message) => this.#waiting?.(message));
    this.#child.on("error", ({ message }) => {
      running.delete(this);
      this.#end ??= `its process did not start: ${message}`;
      this.#waiting?.({ error: this.#end });
    });
    this.#child.on("exit", (code, signal) => {
      running.delete(this);
      const last = this.#said
        .split("\n")
        .filter((line) => !NOISE.test(line))
        .at(-1);
      this.#end ??= `its process ended with ${signal ?? `exit code ${code}`}${last === undefined ? "" : `: ${last.trim()}`}`;
      this.#waiting?.({ error: this.#end });
    });
  }

  /** @throws Failure when it crashes, throws, or takes longer than `seconds`. */
  async ask(question, args, seconds) {
    if (this.#end !== undefined) throw new Failure(this.#end);
    const { answer, error } = await new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#end = `not done within ${seconds} s`;
        this.close();
        resolve({ error: this.#end });
      }, seconds * 1000);
      this.#waiting = (message) => {
        clearTimeout(timer);
        resolve(message);
      };
      this.#send({ question, args });
    });
    this.#waiting = undefined;
    if (error !== undefined) throw new Failure(error);
    return answer;
  }

  close() {
    this.#child.kill("SIGKILL");
  }
}
