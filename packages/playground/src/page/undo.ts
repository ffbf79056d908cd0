import type { TrainerState } from "@webgfn/trainer";
import type { Frame } from "../protocol.js";
import type { Settings } from "../settings.js";

/** The state before a change of the settings, which Undo can restore. */
export interface Past {
  /** The number under which the worker gives its states back. */
  id: number;
  /** The address that it had. */
  hash: string;
  settings: Settings;
  /** Whether its expression had been allowed to run. */
  mayRun: boolean;
  files: readonly (Uint8Array | null)[];
  frames: readonly Frame[];
  states?: readonly TrainerState[];
}

/** Most changes that can be undone. Each keeps its pictures and models. */
const MOST = 6;

/** The changes that can be undone, the latest last. */
export class UndoStack {
  #entries: Past[] = [];

  get latest(): Past | undefined {
    return this.#entries.at(-1);
  }

  push(past: Past): void {
    this.#entries = [...this.#entries, past].slice(-MOST);
  }

  pop(): Past | undefined {
    return this.#entries.pop();
  }

  /** Completes the entry with this number. */
  keep(id: number, states: readonly TrainerState[]): void {
    const entry = this.#entries.find((each) => each.id === id);
    if (entry !== undefined) entry.states = states;
  }
}
