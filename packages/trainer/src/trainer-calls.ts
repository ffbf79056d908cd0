import { WebgfnError } from "@webgfn/tensor";
import { CallQueue } from "@webgfn/tensor/internal";

/**
 * Who may use a trainer when: calls that train or measure run one after another, reads may go on beside a measurement, and one loop
 * at a time drives the trainer.
 */
export class TrainerCalls {
  readonly #queue = new CallQueue("the trainer");
  readonly #loops = new Set<string>();
  /** Calls that run and train nothing. */
  #measuring = 0;

  /** Aborted when the trainer is disposed of. */
  get signal(): AbortSignal {
    return this.#queue.signal;
  }

  /** @throws WebgfnError `disposed` once the trainer was disposed of. */
  requireOpen(): void {
    this.#queue.requireOpen();
  }

  /** @throws WebgfnError `busy` while another call runs or waits, `disposed`. */
  requireIdle(call: string): void {
    this.#queue.requireIdle(call);
  }

  /** Does `work` after the calls before it. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(work);
  }

  /** The same for work that trains nothing: it may call what {@link read} does. */
  measure<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      this.#measuring += 1;
      try {
        return await work();
      } finally {
        this.#measuring -= 1;
      }
    });
  }

  /** Reads what training changes: at once beside a measurement, where a metric of one's own may wait for it, otherwise in turn. */
  read<T>(work: () => Promise<T>): Promise<T> {
    return this.#measuring > 0 ? work() : this.#queue.run(work);
  }

  /**
   * Begins a loop.
   *
   * @param loop its kind, as errors call it.
   * @returns ends it.
   * @throws WebgfnError `busy` while one of this kind is going on, `disposed`.
   */
  beginLoop(loop: string): () => void {
    this.#queue.requireOpen();
    if (this.#loops.has(loop)) {
      throw new WebgfnError("busy", `${loop} of this trainer is going on, and a second one at the same time is refused`, {
        fix: "let it end, or call its return(), before the next one begins; or make a second trainer",
      });
    }
    this.#loops.add(loop);
    return () => this.#loops.delete(loop);
  }

  /** Goes through a loop while no other of its kind does. */
  async *loop<T>(kind: string, steps: AsyncGenerator<T, void, void>): AsyncGenerator<T, void, void> {
    const end = this.beginLoop(kind);
    try {
      yield* steps;
    } finally {
      end();
    }
  }

  /** Refuses further calls, and calls `free` when the one that runs has ended. */
  dispose(free: () => void): void {
    this.#queue.dispose(free);
  }
}
