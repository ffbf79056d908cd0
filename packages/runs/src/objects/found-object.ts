/** A file: its name, for messages, and its bytes. */
export interface ObjectBytes {
  /** Name of the file, for errors. */
  name: string;
  /** The file's content. */
  bytes: Uint8Array;
}

/** An unchecked object from a file. */
export interface FoundObject {
  value: unknown;
  /** Further values with the object: other fields of a JSON line, other cells of a table's line by their headings. */
  others?: Readonly<Record<string, unknown>>;
  /** Where it was found, such as `samples.jsonl:3`. */
  place: string;
}
