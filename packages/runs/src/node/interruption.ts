/** Seconds within which another signal is the same wish: npm and npx pass on what the terminal has sent already. */
const ECHO = 1;

/**
 * The signals that end a run in order, with the exit status that tells of each. SIGHUP comes where a terminal or a connection is
 * closed. Under `nohup`, too: Node resets the signals that its parent ignores, so that a run cannot know that it is to go on.
 */
const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Turns the first of these signals into an abort; another one a second later ends the process at once. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #handlers = (Object.keys(STATUS) as (keyof typeof STATUS)[]).map((name) => ({ name, handler: () => this.#interrupt(name) }));
  #status = 0;
  #since = 0;

  constructor() {
    for (const { name, handler } of this.#handlers) process.on(name, handler);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit status that tells of the signal. */
  get status(): number {
    return this.#status;
  }

  #interrupt(name: keyof typeof STATUS): void {
    if (!this.signal.aborted) {
      this.#status = STATUS[name];
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
