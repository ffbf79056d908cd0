/** A file by its name, for messages, and its bytes. */
export interface ObjectBytes {
  name: string;
  bytes: Uint8Array;
}

/** An object of a file, not checked yet. */
export interface FoundObject {
  value: unknown;
  /** Where it was found, such as `samples.jsonl:3`. */
  place: string;
}
