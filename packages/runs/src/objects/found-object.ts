/** A file by its name, for messages, and its bytes. */
export interface ObjectBytes {
  /** Name of the file, for errors. */
  name: string;
  /** What the file holds. */
  bytes: Uint8Array;
}

/** An object of a file, not checked yet. */
export interface FoundObject {
  value: unknown;
  /** What stands beside the object: other fields of a JSON line, other cells of a table's line by their headings. */
  others?: Readonly<Record<string, unknown>>;
  /** Where it was found, such as `samples.jsonl:3`. */
  place: string;
}
