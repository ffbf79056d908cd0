import type { Environment } from "../environment.js";

/** Names and notation of a kind of sequences. */
export interface SequencePreset extends Pick<Environment, "name" | "title" | "parameters" | "defaults" | "tableDefaults"> {
  /** The names of symbols by their numbers. */
  letters: readonly string[];
}
