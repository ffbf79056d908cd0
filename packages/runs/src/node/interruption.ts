/** Seconds within which another signal is the same wish: npm and npx pass on what the terminal has sent already. */
const ECHO = 1;

/**
 * The signals that end a run in order, with the exit status that tells of each. SIGHUP comes where a terminal or a connection is
 * closed. Under `nohup`, too: Node resets the signals that its parent ignores, so that a run cannot know that it is to go on.
 */
const STATUS: Signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** An exit status for each signal. */
export type Signals = Readonly<Partial<Record<NodeJS.Signals, number>>>;

/** Turns the first of these signals into an abort; another one a second later ends the process at once. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #handlers: readonly { name: NodeJS.Signals; handler: () => void }[];
  #status = 0;
  #since = 0;

  constructor(statuses: Signals = STATUS) {
    this.#handlers = (Object.entries(statuses) as [NodeJS.Signals, number][]).map(([name, status]) => ({
      name,
      handler: () => this.#interrupt(name, status),
    }));
    for (const { name, handler } of this.#handlers) process.on(name, handler);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit status that tells of the signal. */
  get status(): number {
    return this.#status;
  }

  #interrupt(name: NodeJS.Signals, status: number): void {
    if (!this.signal.aborted) {
      this.#status = status;
      this.#since = performance.now();
      this.#controller.abort();
    } else if (performance.now() - this.#since > 1000 * ECHO) {
      this.dispose();
      process.kill(process.pid, name);
    }
  }

  dispose(): void {
    for (const { name, handler } of this.#handlers) process.off(name, handler);
  }
}
