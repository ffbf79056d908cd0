import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSamples } from "./csv.js";
import type { SampleOptions } from "./csv-table.js";

const read = (text: string) => {
  const { names, rows } = readSamples({ name: "file", text });
  return { names, rows: rows.map((row) => [...row]) };
};
const AB = {
  names: ["a", "b"],
  rows: [
    [1.5, 2],
    [2, 3.25],
  ],
};

describe("a table is read", () => {
  it.each<[string, string]>([
    ["as pandas writes it, with its index", ",a,b\n0,1.5,2.0\n1,2.0,3.25\n"],
    ["as pandas writes a part of a frame", ",a,b\n7,1.5,2\n3,2,3.25\n"],
    ["as pandas writes it twice", "Unnamed: 0,a,b\n0,1.5,2\n1,2,3.25\n"],
    ["with dates as an index", ",a,b\n2020-01-01,1.5,2\n2020-01-02,2,3.25\n"],
    ["as R's write.csv writes it", '"","a","b"\n"1",1.5,2\n"2",2,3.25\n'],
    ["as R's write.csv2 writes it", '"";"a";"b"\n"Mazda RX4";1,5;2\n"Datsun";2;3,25\n'],
    ["as R's write.table writes it", '"a" "b"\n"Mazda RX4" 1.5 2\n"Datsun" 2 3.25\n'],
    ["as R's write.table writes it with tabs and col.names = NA", '""\t"a"\t"b"\n"1"\t1.5\t2\n"2"\t2\t3.25\n'],
    ["as Excel writes it in German", "\uFEFFa;b\r\n1,5;2\r\n2;3,25\r\n;\r\n"],
    ["as Excel writes it with a separator that it names", "sep=;\r\na;b\r\n1,5;2\r\n2;3,25\r\n"],
    ["as Excel writes empty columns", "a,b,,\n1.5,2,,\n2,3.25,,\n,,,\n"],
    ["as Tetrad writes it", "a\tb\n1.5000\t2.0000\n2.0000\t3.2500\n"],
    ["with comments", "# of 2005\n// two columns\na,b\n1.5,2\n# a break\n2,3.25\n"],
    ["between aligned blanks", "  a     b\n  1.5   2\n  2     3.25"],
    ["with blanks behind commas", "a, b\n1.5, 2\n2, 3.25\n"],
    ["between bars", "a|b\n1.5|2\n2|3.25\n"],
    ["with a separator behind every row", "a,b\n1.5,2,\n2,3.25,\n"],
    ["with a separator behind the header", "a,b,\n1.5,2\n2,3.25\n"],
    ["with everything in quotes", '"a","b"\r"1.5","2"\r"2","3.25"\r'],
    ["with decimal commas in quotes", 'a,b\n"1,5",2\n2,"3,25"\n'],
    ["with signs, exponents and points at either end", "a,b\n+15.e-1,2E0\n2.,+.325e1\n"],
  ])("%s", (_, text) => expect(read(text)).toEqual(AB));

  it.each<[string, string, string[]]>([
    ["separators", '"raf, log","mek"\n1,2\n', ["raf, log", "mek"]],
    ["quotes", '"ra""f","mek"\n1,2\n', ['ra"f', "mek"]],
    ["line ends", '"raf\nlog";"m;k"\n1;2\n', ["raf\nlog", "m;k"]],
    ["quotes within a cell without", 'ra"f,5"\n1,2\n', ['ra"f', '5"']],
    ["numbers, above an index", ",0,1\n0,1,2\n", ["0", "1"]],
    ["years, above an index", ",1990,1991\n0,1,2\n", ["1990", "1991"]],
    ["years, above labels", ",1990,1991\nraf,1,2\n", ["1990", "1991"]],
    ["numbers, in R's quotes", '"","1","2"\n"1",1,2\n', ["1", "2"]],
    ["numbers, where nothing else is quoted", '"2001","2002"\n1,2\n', ["2001", "2002"]],
    ["what is missing elsewhere", "Na,K\n1,2\n", ["Na", "K"]],
  ])("with names that hold %s", (_, text, names) => expect(read(text)).toEqual({ names, rows: [[1, 2]] }));

  it("without a header", () => {
    expect(read("1.5;2\n2;3.25\n")).toEqual({ ...AB, names: ["x0", "x1"] });
    expect(read("1,2,3\n4,5,6\n").rows).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });
});

describe("a table is refused", () => {
  it.each<[string, string, RegExp]>([
    ["thousands in quotes", 'a,b\n"1,234",2\n', /^file:2: .*column 1, found "1,234", which may be 1234 or 1\.234; write 1234 or 1,2340$/],
    ["thousands beside decimal points", 'a,b\n"1,234",2.5\n', /^file:2: .*column 1, found "1,234", beside "2\.5" in line 2; /],
    [
      "thousands without quotes",
      "a,b\n1,234,2\n2,345,3\n",
      /^file:2: found 3 values below a header of 2 names: a comma within a number, or row labels/,
    ],
    [
      "decimal commas without quotes",
      "a,b\n1,5,2,5\n",
      /^file:2: expected 2 values as in line 1, found 4; a comma within a number needs quotes/,
    ],
    ["points that may be thousands", "a;b\n1.234;5.678\n", /^file:2: .*column 1, found "1\.234", which may be 1234 or 1\.234; /],
    ["both marks in one number", "a;b\n1.234,5;5\n", /^file:2: .*found "1\.234,5"; write it without separators of thousands$/],
    ["blanks in numbers", "a;b\n1 234,5;5\n", /^file:2: .*found "1 234,5"; write it without separators of thousands$/],
    ["a header of numbers", "0,1,2\n5,2,3\n", /^file:1: line 1 may be a header of numbers or the first sample; /],
    ["a header of years", "2001,2002\n1.5,2.5\n2.5,3.5\n", /^file:1: line 1 may be a header of numbers or the first sample; /],
    ["a header of names and numbers", "a,1\n2,3\n", /^file:1: .*column 1, found "a"; a header must not hold numbers/],
    ["an index of numbers without a header", "0,2\n1,5\n2,8\n3,1\n", /^file:1: column 1 counts the rows from 0: an index, or a variable\?/],
    ["an index with a name", "id,a,b\n10,1,2\n12,2,1\n", /^file:1: column 1 \("id"\) numbers the rows: an index, or a variable\?/],
    ["an index that R has named", "X,a\n1,5\n2,4\n3,9\n4,1\n", /^file:1: column 1 \("X"\) numbers the rows: an index, or a variable\?/],
    ["labels with a name", "gene,a\nraf,1\n", /^file:2: .*column 1, found "raf"; row labels \(an index\) must have no name in the header$/],
    [
      "an index of fractions",
      ",a,b\n0.5,1,2\n",
      /^file:2: expected row labels \(an index\).* in column 1, .*found "0\.5"; name the column/,
    ],
    ["an index that repeats", ",a,b\nx,1,2\nx,2,1\n", /^file:3: expected row labels .*found "x" as in line 2/],
    [
      "numbers behind an empty cell",
      ",1,2\n3,4,5\n6,7,8\n",
      /^file:1: line 1 may be a header of numbers above an index, or a sample with a missing/,
    ],
    [
      "a second index of pandas",
      "Unnamed: 0.1,Unnamed: 0,a\n0,0,1\n1,1,2\n",
      /^file:1: expected a name for column 2 in the header, found "Unnamed: 0"$/,
    ],
    ["one name twice, with blanks", "my a,my a\n1,2\n", /^file:1: expected every name once, but "my a" names columns 1 and 2$/],
    ["a column without a name", "a,,b\n1,2,3\n", /^file:1: expected a name for column 2 in the header, found none$/],
    ["a last column without a name", "a,b,\n1,2,3\n", /^file:2: expected nothing in column 3, as in line 1, found "3"$/],
    ["a label like a comment", ",a,b\n#1,1,2\nx2,2,3\n", /^file:2: expected a row or a comment/],
    ["names like a comment", "# a b\n1.5 2\n2 3\n", /^file:1: found a line of names .* or a comment/],
    ["Tetrad's covariances", "164\nA B\n1.0\n .62 1.0\n", /^file:1: expected samples.* covariance or correlation matrix .*Tetrad/],
    ["Tetrad's knowledge", "/knowledge\naddtemporal\n", /^file:1: expected samples.* a section .*Tetrad/],
    ["a matrix of correlations", ",a,b\na,1,0.5\nb,0.5,1\n", /^file:1: .*covariance or correlation matrix/],
    ["a missing value", "a\tb\n1\t*\n", /^file:2: .*column 2, found "\*"; a missing value: fill it in, or leave such samples out/],
    ["Excel's missing value in the first column", "a,b\n1,2\n#N/A,3\n2,1\n", /^file:3: .*column 1, found "#N\/A"; a missing value/],
    ["Excel's error", "a,b\n1,2\n#DIV/0!,3\n", /^file:3: .*column 1, found "#DIV\/0!"; a missing value/],
    ["a missing value between tabs", "1\t\t2\n3\t\t4\n", /^file:1: .*column 2, found ""; a missing value/],
    ["a quote without end", 'a,"b\n1,2\n', /^file:1: expected a closing " after the cell in column 2, found the end of the file$/],
    ["more behind a quoted cell", 'a,"b"c\n1,2\n', /^file:1: .*quoted cell in column 2, found "c"; within quotes "" is a quote$/],
    ["a quote behind a backslash", 'a,"b\\"c"\n1,2\n', /^file:1: .*found "c"; within quotes "" is a quote, not \\"$/],
    ["control characters in a name", "a\u001b[2J,b\n1,2\n", /^file:1: expected a name without control characters, found "a\\u001b\[2J"$/],
    ["a web page", "<!DOCTYPE html>\n<html></html>", /^file:1: .*found a web page/],
    ["a pointer of Git LFS", "version https://git-lfs.github.com/spec/v1\n", /^file:1: .*Git LFS/],
    ["only comments", "# a\n", /^file:1: expected samples, found only comments$/],
  ])("with %s", (_, text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "file" }));
  });
});

/** How a program writes a table. */
const dialects = fc.record({
  separator: fc.constantFrom(",", ";", "\t", "|", " ", "   "),
  decimal: fc.constantFrom(".", ","),
  lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
  mark: fc.constantFrom("", "\uFEFF"),
  header: fc.constantFrom("none", "plain", "quoted"),
  numbers: fc.constantFrom("plain", "quoted"),
  index: fc.constantFrom("none", "counted", "words", "words without a name for them"),
  said: fc.boolean(),
  trailing: fc.constantFrom("none", "rows", "header", "both"),
  comment: fc.boolean(),
  emptyEnd: fc.boolean(),
});
const tables = fc.integer({ min: 2, max: 5 }).chain((columns) =>
  fc.record({
    // Names that begin as no number and no comment does; blanks, separators, quotes and line ends inside.
    names: fc.uniqueArray(fc.stringMatching(/^[a-z][a-z ,;|\t"\nA-Z0-9.]{0,6}[a-z]$/), { minLength: columns, maxLength: columns }),
    rows: fc.array(fc.array(fc.integer({ min: -99_999, max: 99_999 }), { minLength: columns, maxLength: columns }), {
      minLength: 2,
      maxLength: 6,
    }),
  }),
);

/** Hundredths, as a number with two decimals: 1.50, -0.07. */
const hundredths = (value: number, mark: string): string => {
  const digits = String(Math.abs(value)).padStart(3, "0");
  return `${value < 0 ? "-" : ""}${digits.slice(0, -2)}${mark}${digits.slice(-2)}`;
};

describe("any table", () => {
  it("is read back from every dialect that can hold it", () => {
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    let written = 0;
    fc.assert(
      fc.property(tables, dialects, ({ names, rows }, dialect) => {
        const { separator, decimal, lineEnd, header, index, trailing } = dialect;
        const blank = separator.trim() === "" && separator !== "\t";
        // What the dialect cannot say, or says in two ways.
        fc.pre(!(blank && (trailing !== "none" || dialect.said)));
        fc.pre(!(separator === "," && decimal === "," && dialect.numbers === "plain"));
        fc.pre(header !== "none" || index === "none");
        fc.pre(!(index === "words without a name for them" && trailing !== "none"));
        const needsQuotes = (text: string) => header === "quoted" || /[,;|\t" \r\n]/.test(text);
        const labels = rows.map((_, n) => (index === "counted" ? String(n) : `"case ${n}"`));
        const end = (part: string, text: string) => (trailing === part || trailing === "both" ? `${text}${separator}` : text);
        const head = (index === "none" || index.startsWith("words without") ? [] : ['""']).concat(
          names.map((name) => (needsQuotes(name) ? quote(name) : name)),
        );
        const lines = [
          ...(dialect.said ? [`sep=${separator}`] : []),
          ...(dialect.comment && !dialect.said && header !== "none" ? ["# by a test, and by nobody else, of a thing; or | so"] : []),
          ...(header === "none" ? [] : [end("header", head.join(separator))]),
          ...rows.map((row, n) => {
            const cells = row.map((value) => hundredths(value, decimal)).map((cell) => (dialect.numbers === "quoted" ? quote(cell) : cell));
            return end("rows", [...(index === "none" ? [] : [labels[n] as string]), ...cells].join(separator));
          }),
          ...(dialect.emptyEnd ? ["", blank ? "" : separator.repeat(names.length)] : []),
        ];
        written++;
        expect(read(dialect.mark + lines.join(lineEnd))).toEqual({
          names: header === "none" ? names.map((_, n) => `x${n}`) : names,
          rows: rows.map((row) => row.map((value) => Number(hundredths(value, ".")))),
        });
      }),
      { numRuns: 500, seed: 1 },
    );
    expect(written).toBe(500);
  });

  it("of numbers with commas is read as what a plain reading finds, or refused where that finds two", () => {
    const grouped = (cell: string) => /^[1-9]\d{0,2}(,\d{3})+$/.test(cell);
    const cells = fc.tuple(fc.integer({ min: 0, max: 1200 }), fc.stringMatching(/^\d{1,4}$/)).map(([whole, rest]) => `${whole},${rest}`);
    fc.assert(
      fc.property(fc.array(fc.tuple(cells, cells), { minLength: 1, maxLength: 4 }), (rows) => {
        const text = `a;b\n${rows.map((row) => `${row.join(";")}\n`).join("")}`;
        if (rows.flat().every(grouped)) expect(() => read(text)).toThrow(/which may be/);
        else expect(read(text).rows).toEqual(rows.map((row) => row.map((cell) => Number(cell.replace(",", ".")))));
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

describe("a table without end", () => {
  it.each<[string, () => string, RegExp]>([
    ["of columns", () => "1,".repeat(2 ** 24 - 8), /^file:1: expected at most 1000 columns, found more$/],
    ["of rows", () => "1,2\n".repeat(1_000_001), /^file:1000001: expected at most 1000000 rows, found more$/],
    ["of lines", () => `1,2\n${"\n".repeat(2 ** 24)}`, /^file:2097153: expected at most 2097152 lines, found more$/],
    ["of quotes", () => '"'.repeat(2 ** 24), /^file:1: expected a closing " after the cell in column 1, found none nearby$/],
    ["of letters", () => "1,2\n".repeat(2 ** 24), /^file: expected a data file of at most 32 MiB, found 64 MiB/],
  ])("%s is refused in time and little memory", (_, make, message) => {
    const text = make();
    const [before, start] = [process.memoryUsage().rss, performance.now()];
    expect(() => read(text)).toThrow(message);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
  });
});

describe("a table of levels", () => {
  const levels = (text: string, more: SampleOptions = {}) => readSamples({ name: "file", text }, { values: "levels", ...more });

  it("has words, numbers or both as values, numbered as they occur", () => {
    const { names, rows, levels: found, dropped } = levels("smokes,age\nno,1\nyes,2\nno,1.0\n");
    expect({ names, rows: rows.map((row) => [...row]), found, dropped }).toEqual({
      names: ["smokes", "age"],
      rows: [
        [0, 0],
        [1, 1],
        [0, 0],
      ],
      found: [
        ["no", "yes"],
        ["1", "2"],
      ],
      dropped: 0,
    });
    expect(levels('a;b\n"very, low";none\nhigh;some\n').levels).toEqual([
      ["very, low", "high"],
      ["none", "some"],
    ]);
    expect(levels(",a,b\n1,x,y\n2,z,w\n").names).toEqual(["a", "b"]);
    expect(levels("1 0\n1 1\n0 0\n").names).toEqual(["x0", "x1"]);
  });

  it.each<[string, string, SampleOptions, RegExp]>([
    [
      "a value that is missing",
      "a,b\nx,y\n?,z\n",
      {},
      /^file:3: expected a value in column 1, found "\?"; fill it in, or leave such samples out \(missing: drop\)/,
    ],
    [
      "words of which the first row may be a header",
      "yes,low\nno,high\nno,low\n",
      {},
      /^file:1: line 1 may be a header or a sample: "low" is also a value of column 2/,
    ],
    [
      "measurements",
      `a,b\n${Array.from({ length: 300 }, (_, n) => `${n + 0.5},x`).join("\n")}\n`,
      {},
      /^file:258: expected at most 256 different values in column 1, found more; are they measurements/,
    ],
    [
      "no column of interventions",
      "a,b\nx,y\n",
      { interventions: "INT" },
      /^file:1: expected a column "INT" of interventions in the header, found "a", "b"/,
    ],
    ["no header", "1,2\n2,1\n", { interventions: "INT" }, /found no header/],
    [
      "an intervention on nothing",
      "a,b,INT\nx,y,c\n",
      { interventions: "INT" },
      /^file:2: expected the variable that was intervened on in column 3: its name, its number from 1 to 2, or none; found "c"/,
    ],
    ["an intervention on itself", "a,b,INT\nx,y,INT\n", { interventions: "INT" }, /found "INT"/],
    ["a number beyond the variables", "a,b,INT\nx,y,3\n", { interventions: "INT" }, /found "3"/],
  ])("is refused with %s", (_, text, options, message) => {
    expect(() => levels(text, options)).toThrow(message);
    expect(() => levels(text, options)).toThrow(expect.objectContaining({ code: "file" }));
  });

  it("says which variable was set", () => {
    const text = "id,a,INT,b\nr1,1,b,2\nr2,2,0,1\nr3,1,none,1\nr4,2,,2\nr5,1,1,1\nr6,1,NA,2\n".replace(/^id/, "");
    const { names, interventions, rows } = levels(text, { interventions: "INT" });
    expect(names).toEqual(["a", "b"]);
    expect([...interventions!]).toEqual([1, -1, -1, -1, 0, -1]);
    expect(rows.length).toBe(6);
    const numbers = readSamples({ name: "file", text }, { interventions: "INT" });
    expect([...numbers.interventions!]).toEqual([...interventions!]);
    expect([...numbers.rows[1]!]).toEqual([2, 1]);
  });

  it("leaves out samples that lack a value, where asked to", () => {
    const { rows, dropped } = levels("a,b\nx,y\nNA,z\nz,\nx,w\n", { missing: "drop" });
    expect({ rows: rows.length, dropped }).toEqual({ rows: 2, dropped: 2 });
    const numbers = readSamples({ name: "file", text: "a;b\n1,5;2\nNaN;3\n2,5;1\n" }, { missing: "drop" });
    expect({ rows: numbers.rows.map((row) => [...row]), dropped: numbers.dropped }).toEqual({
      rows: [
        [1.5, 2],
        [2.5, 1],
      ],
      dropped: 1,
    });
    expect(() => readSamples({ name: "file", text: "a,b\n1,2\n2,x\n" }, { missing: "drop" })).toThrow(/column 2, found "x"/);
  });
});
