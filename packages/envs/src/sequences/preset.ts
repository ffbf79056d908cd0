import type { Environment } from "../environment.js";

/** What sequences are called, and how they are written. */
export interface SequencePreset extends Pick<Environment, "name" | "title" | "parameters" | "defaults" | "tableDefaults"> {
  /** The names of symbols by their numbers. */
  letters: readonly string[];
}
