import { describe, expect, it } from "vitest";
import { decodeDataFile, quoted } from "./data-file.js";

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)));
const utf16 = (text: string, littleEndian: boolean) => {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  [...text].forEach((_, n) => {
    view.setUint16(2 * n, text.charCodeAt(n), littleEndian);
  });
  return new Uint8Array(view.buffer);
};

describe("the bytes of a data file", () => {
  it("are text where they are UTF-8", () => {
    expect(decodeDataFile("a.csv", bytes("ä,😀\n1,2\n"))).toEqual({ name: "a.csv", text: "ä,😀\n1,2\n" });
    expect(decodeDataFile("a.csv", bytes("\uFEFFa"))).toEqual({ name: "a.csv", text: "\uFEFFa" });
  });

  it.each<[string, Uint8Array, RegExp]>([
    [
      "Latin-1",
      bytes("a,b\n1,", [0xe9], "\n"),
      /^a\.csv:2: expected UTF-8 text, found the byte 0xE9, as in Latin-1 and Windows-1252, in column 3; save it as UTF-8$/,
    ],
    ["Windows-1252 at the end", bytes("a,", [0x80]), /^a\.csv:1: .*the byte 0x80.* in column 3/],
    ["UTF-8 that is cut off", bytes("a\r\nb", [0xf0, 0x9f]), /^a\.csv:2: .*the byte 0xF0.* in column 2/],
    [
      "UTF-16 as Excel writes it",
      utf16("\uFEFFa\tb\n1\t2\n", true),
      /^a\.csv: expected UTF-8 text, found UTF-16 \(little endian, as Excel's “Unicode Text”\); save it as UTF-8$/,
    ],
    ["UTF-16 of the other order", utf16("\uFEFFa,b\n", false), /^a\.csv: expected UTF-8 text, found UTF-16 \(big endian\)/],
    ["UTF-32", bytes([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), /^a\.csv: expected UTF-8 text, found UTF-32/],
    ["gzip", bytes([0x1f, 0x8b, 8, 8]), /found a gzip archive; unpack it$/],
    ["a workbook", bytes("PK", [3, 4], "more"), /found a zip archive or an Excel workbook; unpack it, or save the sheet as CSV UTF-8$/],
    ["an old workbook", bytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1]), /found an Excel workbook/],
    [
      "too many bytes",
      new Uint8Array(2 ** 25 + 2 ** 20),
      /^a\.csv: expected a data file of at most 32 MiB, found 33 MiB; take a part of it$/,
    ],
    ["more of a stream", new Uint8Array(2 ** 25 + 1), /^a\.csv: expected a data file of at most 32 MiB, found more; /],
  ])("are refused where they are %s", (_, content, message) => {
    expect(() => decodeDataFile("a.csv", content)).toThrow(message);
    expect(() => decodeDataFile("a.csv", content)).toThrow(expect.objectContaining({ code: "file" }));
  });
});

describe("a piece of a file in a message", () => {
  it("is short, on one line, and commands no terminal", () => {
    expect(quoted("a\nb\u001b[2J\u009b\u202Ec")).toBe('"a\\nb\\u001b[2J\\u009b\\u202ec"');
    expect(quoted("x".repeat(100))).toBe(`"${"x".repeat(24)}…"`);
  });
});
