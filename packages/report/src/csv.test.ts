import { expect, it } from "vitest";
import { csv } from "./csv.js";

/** The cells of a CSV (RFC 4180), read plainly. */
function read(text: string): string[][] {
  const rows: string[][] = [];
  for (let at = 0; at < text.length; ) {
    const row: string[] = [];
    for (let more = true; more; ) {
      const [all, quoted, plain = ""] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))/.exec(text.slice(at)) ?? [""];
      row.push(quoted?.replaceAll('""', '"') ?? plain);
      at += all.length;
      more = text[at] === ",";
      at += more ? 1 : 2;
    }
    rows.push(row);
  }
  return rows;
}

it("is read back as it was written", () => {
  const rows = [
    ["plain", 'with "quotes"', "a,b", "two\nlines", "two\r\nlines", ""],
    ["ü", "'", "1 2 3", "-1.5 2e-3", "x=1", " "],
  ];
  expect(read(csv(rows))).toEqual(rows);
  expect(read(csv([[1, -2.5, null, undefined, 1e-9, "b"]]))).toEqual([["1", "-2.5", "", "", "1e-9", "b"]]);
});

it.each([
  "=1+1",
  '=HYPERLINK("http://x")',
  "+1+cmd|' /C calc'!A0",
  "-1+1",
  "@SUM(A1)",
  "\t=1",
  "\r=1",
  "\n=1",
  " =1",
  "＝1",
  "＋1",
  "－1",
  "＠x",
])("keeps a spreadsheet from running %j", (text) => {
  expect(read(csv([["first", text]]))).toEqual([["first", `'${text}`]]);
});
