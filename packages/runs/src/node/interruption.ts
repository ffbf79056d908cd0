/** Seconds within which a further signal counts as the same one: npm and npx repeat signals of the terminal. */
const ECHO = 1;

/**
 * The signals that end a run with a checkpoint, with their exit statuses. SIGHUP comes when a terminal or a connection is closed. It ends a
 * run even under `nohup`: Node resets the signals that its parent ignores, so a run cannot know that it should continue.
 */
const STATUS: Signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** An exit status for each signal. */
export type Signals = Readonly<Partial<Record<NodeJS.Signals, number>>>;

/** Turns the first of these signals into an abort. A further signal after a second ends the process at once. */
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

  /** The exit status of the signal. */
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
