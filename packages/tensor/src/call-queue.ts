import type { Ambient } from "./ambient.js";
import { disposedError, WebgfnError } from "./errors.js";

/**
 * The asynchronous calls on one object that share its buffers, such as a sampler's. They run one after another, in the order in
 * which they were made, and end when the object is disposed of.
 */
export class CallQueue {
  readonly #owner: string;
  readonly #end = new AbortController();
  /** Resolves when the last of the calls has ended. */
  #tail: Promise<unknown> = Promise.resolve();
  /** Calls that have not ended. */
  #calls = 0;

  /** @param owner name of the object in errors, such as `the sampler`. */
  constructor(owner: string) {
    this.#owner = owner;
  }

  /** Aborted, with the error for the callers, when the object is disposed of. */
  get signal(): Ambient<"AbortSignal", { readonly aborted: boolean; readonly reason: unknown }> {
    return this.#end.signal;
  }

  /** @throws WebgfnError `disposed` once the object has been disposed of. */
  requireOpen(): void {
    if (this.#end.signal.aborted) throw this.#end.signal.reason;
  }

  /**
   * For calls that cannot wait because they are not asynchronous.
   *
   * @param call name of the call in the error, such as `restore()`.
   * @throws WebgfnError `busy` while a call runs or waits, `disposed` once the object has been disposed of.
   */
  requireIdle(call: string): void {
    this.requireOpen();
    if (this.#calls === 0) return;
    throw new WebgfnError("busy", `${this.#owner} is in the middle of another call, so that ${call} is refused`, {
      fix: "await the other calls first",
    });
  }

  /**
   * Calls `work` when all earlier calls have ended. Without earlier calls, it calls `work` synchronously.
   *
   * @param work must not wait for a later call on the same object.
   * @throws errors of `work`, or WebgfnError `disposed` once the object has been disposed of.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.requireOpen();
    const isFirst = this.#calls === 0;
    this.#calls += 1;
    const running = isFirst ? this.#now(work) : this.#after(work);
    this.#tail = running.then(
      () => this.#ended(),
      () => this.#ended(),
    );
    try {
      return await running;
    } catch (error) {
      // If the object was disposed of meanwhile, that is the reason for the failure.
      this.requireOpen();
      throw error;
    }
  }

  async #now<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  async #after<T>(work: () => Promise<T>): Promise<T> {
    await this.#tail;
    this.requireOpen();
    return work();
  }

  #ended(): void {
    this.#calls -= 1;
  }

  /**
   * Refuses further calls and waiting calls, and aborts {@link signal} for the running one. Calling it twice is harmless.
   *
   * @param free frees the buffers of the calls: at once, or when the running call has ended.
   */
  dispose(free: () => void): void {
    if (this.#end.signal.aborted) return;
    this.#end.abort(disposedError(this.#owner));
    if (this.#calls === 0) free();
    else void this.#freeAtEnd(free);
  }

  async #freeAtEnd(free: () => void): Promise<void> {
    while (this.#calls > 0) await this.#tail;
    free();
  }
}
