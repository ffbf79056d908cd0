import fc from "fast-check";

/** One change to a file. `where` is a share of its length. */
type Edit =
  | { kind: "replace"; where: number; bytes: Uint8Array }
  | { kind: "insert"; where: number; bytes: Uint8Array }
  | { kind: "remove" | "repeat"; where: number; count: number }
  | { kind: "cut"; where: number };

const where = fc.double({ min: 0, max: 1, noNaN: true });
const count = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 400 }));
/** Bytes that mean something to a parser, beside any others. */
const bytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 8 }),
  fc
    .constantFrom(
      "{",
      "}",
      "[",
      "]",
      '"',
      "'",
      ",",
      ";",
      ":",
      ">",
      "#",
      "-",
      ".",
      "0",
      "9",
      "1e999",
      "null",
      "true",
      "\n",
      "\r",
      " ",
      "__proto__",
      "\\u0000",
      "é",
      "NaN",
    )
    .map((text) => new TextEncoder().encode(text)),
);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant("replace" as const), where, bytes }),
  fc.record({ kind: fc.constant("insert" as const), where, bytes }),
  fc.record({ kind: fc.constantFrom("remove" as const, "repeat" as const), where, count }),
  fc.record({ kind: fc.constant("cut" as const), where }),
);

function edited(file: Uint8Array, change: Edit): Uint8Array {
  const at = Math.min(file.length, Math.floor(change.where * (file.length + 1)));
  const [before, after] = [file.subarray(0, at), file.subarray(at)];
  switch (change.kind) {
    case "replace":
      return joined(before, change.bytes, after.subarray(change.bytes.length));
    case "insert":
      return joined(before, change.bytes, after);
    case "remove":
      return joined(before, after.subarray(change.count));
    case "repeat":
      return joined(before, after.subarray(0, change.count), after);
    case "cut":
      return before;
  }
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/** Files that are nearly one of the given ones. */
export function mutatedBytes(...files: Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom(...files), fc.array(edit, { minLength: 1, maxLength: 3 }))
    .map(([file, edits]) => edits.reduce(edited, file));
}

export function mutatedTexts(...texts: string[]): fc.Arbitrary<string> {
  return mutatedBytes(...texts.map((text) => new TextEncoder().encode(text))).map((file) => new TextDecoder().decode(file));
}
