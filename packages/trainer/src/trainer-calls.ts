import { WebgfnError } from "@webgfn/tensor";
import { CallQueue } from "@webgfn/tensor/internal";

/**
 * Orders the calls on a trainer: calls that train or measure run one after another, reads may run during a measurement, and one loop at a
 * time drives the trainer.
 */
export class TrainerCalls {
  readonly #queue = new CallQueue("the trainer");
  readonly #loops = new Set<string>();
  /** Number of running calls that do not train. */
  #measuring = 0;

  /** Aborted when the trainer is disposed of. */
  get signal(): AbortSignal {
    return this.#queue.signal;
  }

  /** @throws WebgfnError `disposed` once the trainer has been disposed of. */
  requireOpen(): void {
    this.#queue.requireOpen();
  }

  /** @throws WebgfnError `busy` while another call runs or waits, `disposed`. */
  requireIdle(call: string): void {
    this.#queue.requireIdle(call);
  }

  /** Runs `work` after the calls before it. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(work);
  }

  /** Like {@link inTurn}, for work that does not train; this work may call {@link read}. */
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

  /** Reads state that training changes: in turn, but at once during a measurement, because a user-defined metric may wait for it. */
  read<T>(work: () => Promise<T>): Promise<T> {
    return this.#measuring > 0 ? work() : this.#queue.run(work);
  }

  /**
   * Begins a loop.
   *
   * @param loop the name of its kind in errors.
   * @returns a function that ends the loop.
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

  /** Iterates over `steps` as a loop of this kind. */
  async *loop<T>(kind: string, steps: AsyncGenerator<T, void, void>): AsyncGenerator<T, void, void> {
    const end = this.beginLoop(kind);
    try {
      yield* steps;
    } finally {
      end();
    }
  }

  /** Refuses further calls, and calls `free` when the running one has ended. */
  dispose(free: () => void): void {
    this.#queue.dispose(free);
  }
}
