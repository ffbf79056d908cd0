import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { call, run, WITHOUT_ADAPTER } from "./run.js";

const folder = mkdtempSync(join(tmpdir(), "webgfn-data-"));
mkdirSync(join(folder, "a-folder"));
afterAll(() => rmSync(folder, { recursive: true }));

type Content = string | Uint8Array;

function file(name: string, content: Content): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs where no adapter opens: whoever gets as far as wanting one has accepted the file. */
async function withoutAdapter(args: readonly string[]): ReturnType<typeof call> {
  for (const [name, value] of Object.entries(WITHOUT_ADAPTER)) vi.stubEnv(name, value);
  try {
    return await call(args);
  } finally {
    vi.unstubAllEnvs();
  }
}

/** Bad usage, in exactly one line. */
async function refused(args: readonly string[], sentence: string): Promise<void> {
  const { status, stdout, stderr } = await withoutAdapter(args);
  expect(stderr).toBe(`webgfn: ${sentence}\n`);
  expect([status, stdout]).toEqual([2, ""]);
}

async function accepted(args: readonly string[]): Promise<void> {
  const { status, stdout, stderr } = await withoutAdapter([...args, "--steps", "1"]);
  expect(stderr).toMatch(/^webgfn: no WebGPU adapter was found .*\n$/);
  expect([status, stdout]).toEqual([1, ""]);
}

const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le");
const nucleotide = "a nucleotide (A, C, G, T, U, an IUPAC ambiguity code, N, X, ? or -)";
const anyFormat = 'expected FASTA (">" and a name), NEXUS ("#NEXUS") or PHYLIP (numbers of taxa and sites)';
const binary = (column: number) =>
  `expected UTF-8 text, found a zero byte, as in binary files and UTF-16, in column ${column}; save it as UTF-8`;
const latin1 = (byte: string, column: number) =>
  `expected UTF-8 text, found the byte 0x${byte}, as in Latin-1 and Windows-1252, in column ${column}; save it as UTF-8`;
const asUtf16 = "expected UTF-8 text, found UTF-16 (little endian, as Excel's “Unicode Text”); save it as UTF-8";
const fasta = (...sequences: string[]) => sequences.map((sequence, n) => `>s${n}\n${sequence}\n`).join("");
const nexus = (matrix: string, dimensions = "ntax=3 nchar=4", format = "datatype=dna missing=? gap=-") =>
  `#NEXUS\nbegin data;\ndimensions ${dimensions};\nformat ${format};\nmatrix\n${matrix};\nend;\n`;

describe("webgfn train phylogenetics --env.alignment, a file that", () => {
  it.each<[string, string, Content, string]>([
    ["is empty", "a.fasta", "", "a.fasta is empty; expected an alignment in FASTA, NEXUS or PHYLIP format"],
    ["is blank", "a.fasta", " \n\r\n\t\n", "a.fasta is empty; expected an alignment in FASTA, NEXUS or PHYLIP format"],
    ["is in no format", "a.txt", "\ns0,ACGT\n", `a.txt:2: ${anyFormat}, found "s0,ACGT"`],
    ["is binary", "a.bin", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 0, 0x0a), `a.bin:1: ${binary(7)}`],
    ["is no UTF-8", "a.fasta", Uint8Array.of(0x3e, 0x0a, 0x41, 0xe9), `a.fasta:2: ${latin1("E9", 2)}`],
    ["is compressed", "a.gz", Uint8Array.of(0x1f, 0x8b, 8, 8, 0xbd), "a.gz: expected UTF-8 text, found a gzip archive; unpack it"],
    ["is UTF-16", "a.fasta", utf16(fasta("ACGT", "ACGT", "ACGT")), `a.fasta: ${asUtf16}`],
    ["holds terminal commands", "a.txt", "\u009b31m\u001b[2J", `a.txt:1: ${anyFormat}, found "\\u009b31m\\u001b[2J"`],

    ["FASTA: has unequal lengths", "a.fasta", fasta("ACGT", "ACG", "ACGT"), 'a.fasta:3: expected 4 sites in "s1", as in "s0", found 3'],
    ["FASTA: is cut off", "a.fasta", ">a\nACGT\n>b\nACGT\n>c\nAC", 'a.fasta:5: expected 4 sites in "c", as in "a", found 2'],
    ["FASTA: ends in a name", "a.fasta", ">a\nACGT\n>b\nACGT\n>c", 'a.fasta:5: expected 4 sites in "c", as in "a", found 0'],
    [
      "FASTA: has an unknown letter",
      "a.fasta",
      fasta("ACGT", "ACJT", "ACGT"),
      `a.fasta:4: expected ${nucleotide}, found "J" in column 3, as in proteins`,
    ],
    [
      "FASTA: is of proteins",
      "a.faa",
      fasta("MKLV", "MKLV", "MKLV"),
      `a.faa:2: expected ${nucleotide}, found "L" in column 3, as in proteins`,
    ],
    [
      "FASTA: has a duplicate taxon",
      "a.fasta",
      ">a\nA\n>b\nA\n>a x\nA\n",
      'a.fasta:5: expected every taxon once, but "a" is also in line 1; names end at the first blank',
    ],
    ["FASTA: has two species", "a.fasta", fasta("ACGT", "ACGT"), "a.fasta: expected 3 to 64 taxa, found 2"],
    ["FASTA: has 65 species", "a.fasta", fasta(...Array(65).fill("A")), "a.fasta: expected 3 to 64 taxa, found 65"],
    ["FASTA: has no sites", "a.fasta", fasta("", "", ""), 'a.fasta:1: expected 1 to 100000 sites in "s0", found 0'],
    ["FASTA: has no name", "a.fasta", ">\nACGT\n", 'a.fasta:1: expected a name after ">", found none'],

    ["NEXUS: is cut off", "a.nex", nexus("a ACGT\nb ACGT\nc ACGT").slice(0, 90), 'a.nex:6: expected ";", found the end of the file'],
    [
      "NEXUS: has no matrix",
      "a.nex",
      "#NEXUS\nbegin data;\nend;\n",
      'a.nex:3: expected a MATRIX in the DATA block, found "END" in column 1',
    ],
    ["NEXUS: has unequal lengths", "a.nex", nexus("a ACGT\nb ACGTA\nc ACGT"), 'a.nex:7: expected NCHAR = 4 sites in "b", found more'],
    [
      "NEXUS: has an unknown letter",
      "a.nex",
      nexus("a ACGT\nb ACZT\nc ACGT"),
      `a.nex:7: expected ${nucleotide}, found "Z" in column 5, as in proteins`,
    ],
    [
      "NEXUS: has a duplicate taxon",
      "a.nex",
      nexus("a ACGT\nb ACGT\na ACGT"),
      'a.nex:8: expected every taxon once, but "a" is also in line 6',
    ],
    ["NEXUS: has two species", "a.nex", nexus("a ACGT\nb ACGT", "nchar=4"), "a.nex: expected 3 to 64 taxa, found 2"],
    [
      "NEXUS: has a species too few",
      "a.nex",
      nexus("a ACGT\nb ACGT\nc ACGT", "ntax=4 nchar=4"),
      "a.nex:8: expected NTAX = 4 taxa, found 3",
    ],
    [
      "NEXUS: has NCHAR = many",
      "a.nex",
      nexus("a ACGT", "nchar=many"),
      'a.nex:3: expected NCHAR = a whole number, found "many" in column 18',
    ],
    [
      "NEXUS: is of proteins",
      "a.nex",
      nexus("a M", "nchar=1", "datatype=protein"),
      'a.nex:4: expected DATATYPE = DNA or RNA or NUCLEOTIDE, found "protein" in column 17',
    ],

    ["PHYLIP: has a species too few", "a.phy", "4 4\na ACGT\nb ACGT\nc ACGT\n", "a.phy:4: expected 4 taxa as in line 1, found 3"],
    ["PHYLIP: is cut off", "a.phy", "3 4\na ACGT\nb ACGT\nc AC", 'a.phy:4: expected 4 sites in "c", found 2'],
    [
      "PHYLIP: has an unknown letter",
      "a.phy",
      "3 4\na ACGT\nb ACGT\nc ACZT\n",
      `a.phy:4: expected ${nucleotide}, found "Z" in column 5, as in proteins`,
    ],
    [
      "PHYLIP: has a duplicate taxon",
      "a.phy",
      "3 4\na ACGT\na ACGT\nc ACGT\n",
      'a.phy:3: expected every taxon once, but "a" is also in line 2',
    ],
    ["PHYLIP: has two species", "a.phy", "2 4\na ACGT\nb ACGT\n", "a.phy:1: expected 3 to 64 taxa, found 2"],
    ["PHYLIP: has its header only", "a.phy", "3 4\n", "a.phy:1: expected 3 taxa as in line 1, found 0"],
  ])("%s", async (_, name, content, sentence) => {
    await refused(["train", "phylogenetics", "--env.alignment", file(name, content)], sentence);
  });

  it.each<[string, string]>([
    ["FASTA with a byte order mark, CRLF and no last line feed", "\uFEFF>a\r\nACGT\r\n>b\r\nAC-T\r\n>c\r\nacgu"],
    ["NEXUS with CRLF", nexus("a ACGT\nb ACGT\nc ACNT").replaceAll("\n", "\r\n")],
    ["PHYLIP with no last line feed", "3 4\na ACGT\nb ACGT\nc AC?T"],
  ])("is good %s", async (_, content) => {
    await accepted(["train", "phylogenetics", "--env.alignment", file("good", content)]);
  });
});

const rows = "1,2\n2,5\n5,2\n1,3\n";
const missing = "; a missing value: fill it in, or leave such samples out (missing: drop)";
const meanings = "expected a number of one meaning in column 1";

describe("webgfn train dags --env.data, a file that", () => {
  it.each<[string, Content, string]>([
    ["is empty", "", " is empty; expected comma-separated numbers, one sample a line"],
    ["is blank", "\n \r\n", " is empty; expected comma-separated numbers, one sample a line"],
    ["has its header only", "a,b\n", ": expected at least 4 samples, two more than its 2 variables, found 0"],
    ["has too few rows", "a,b\n1,2\n2,5\n5,2\n", ": expected at least 4 samples, two more than its 2 variables, found 3"],
    ["has a short row", `a,b\n${rows}7\n`, ":6: expected 2 values as in line 1, found 1"],
    [
      "has a long row",
      `${rows}1,2,3\n`,
      ":5: expected 2 values as in line 1, found 3; a comma within a number needs quotes, or another separator",
    ],
    ["has an empty row", `a,b\n\n${rows}`, ":2: expected 2 values as in line 1, found none"],
    [
      "has rows longer than a header of one name",
      `a\n${rows}`,
      ":2: expected 1 value as in line 1, found 2; a comma within a number needs quotes, or another separator",
    ],
    ["is cut off", `a,b\n${rows}3.`, ":6: expected 2 values as in line 1, found 1"],
    ["has a word", `a,b\n${rows}1,two\n`, ':6: expected a finite number in column 2, found "two"'],
    ["has an empty cell", `a,b\n${rows},1\n`, `:6: expected a finite number in column 1, found ""${missing}`],
    ["has NaN", `a,b\nnan,1\n${rows}`, `:2: expected a finite number in column 1, found "nan"${missing}`],
    ["has -inf", `a,b\n1,-inf\n${rows}`, `:2: expected a finite number in column 2, found "-inf"${missing}`],
    ["has a number beyond float64", `1,1e999\n${rows}`, ':1: expected a finite number in column 2, found "1e999"'],
    ["has thousands in quotes", `a,b\n"1,234",2\n`, `:2: ${meanings}, found "1,234", which may be 1234 or 1.234; write 1234 or 1,2340`],
    [
      "has two readings",
      `id,a,b\n1,2,3\n2,5,1\n`,
      ':1: column 1 ("id") numbers the rows: an index, or a variable? Leave it out, or rename it',
    ],
    ["has one column", "a\n1\n2\n4\n", ": expected 2 to 50 columns (variables), found 1"],
    ["has a constant column", "a,b\n1,7\n2,7\n4,7\n3,7\n", ": expected values that differ in column 2 (b), found 7 in every sample"],
    [
      "repeats a column",
      "1,1\n2,2\n4,4\n3,3\n",
      ": expected linearly independent columns, but column 2 (x1) is a multiple of column 1 (x0); remove it",
    ],
    ["repeats a name", `"a", a\n${rows}`, ':1: expected every name once, but "a" names columns 1 and 2'],
    ["is binary", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0a, 0, 0xff, 0x0a), `:1: ${latin1("89", 1)}`],
    ["is UTF-16", utf16(rows), `: ${asUtf16}`],
    [
      "is a workbook",
      "PK\x03\x04",
      ": expected UTF-8 text, found a zip archive or an Excel workbook; unpack it, or save the sheet as CSV UTF-8",
    ],
    ["holds terminal commands", `a,b\n${rows}1,\u001b[2J\u009b`, ':6: expected a finite number in column 2, found "\\u001b[2J\\u009b"'],
    ["holds a long word", `${rows}1,${"x".repeat(1e6)}`, `:5: expected a finite number in column 2, found "${"x".repeat(24)}…"`],
  ])("%s", async (_, content, sentence) => {
    await refused(["train", "dags", "--env.data", file("data.csv", content)], `data.csv${sentence}`);
  });

  it.each<[string, string]>([
    ["a byte order mark, CRLF and no last line feed", `\uFEFFa,b\r\n${rows.replaceAll("\n", "\r\n").trimEnd()}`],
    ["no header, blanks and empty lines at its end", ` ${rows.replaceAll(",", " , ")}\n \n`],
    ["quoted names", `"a","b"\n${rows}`],
    ["semicolons and decimal commas", rows.replaceAll(",", ",5;")],
    ["an index", ",a,b\n0,1,2\n1,2,5\n2,5,2\n3,1,3\n"],
  ])("is good, with %s", async (_, content) => {
    await accepted(["train", "dags", "--env.data", file("data.csv", content)]);
  });
});

describe("a file", () => {
  const cases = [
    ["phylogenetics", "alignment"],
    ["dags", "data"],
  ] as const;

  it.each(cases)("of %s --env.%s that is missing, or a folder", async (environment, parameter) => {
    for (const [path, reason] of [
      [join(folder, "missing"), "no such file or directory"],
      [join(folder, "a-folder"), "it is a folder"],
    ] as const) {
      await refused(["train", environment, `--env.${parameter}`, path], `${path} cannot be read: ${reason}`);
    }
  });

  it.each(cases)("of %s --env.%s that is too large, or a device", async (environment, parameter) => {
    const large = file("large", "");
    // A sparse file: it takes no room on the disk, and would take 600 MB in memory.
    truncateSync(large, 600e6);
    const start = performance.now();
    await refused(
      ["train", environment, `--env.${parameter}`, large],
      "large: expected a data file of at most 32 MiB, found 573 MiB; take a part of it",
    );
    expect(performance.now() - start).toBeLessThan(5000);
    const device = "/dev/zero";
    if (!existsSync(device)) return;
    await refused(["train", environment, `--env.${parameter}`, device], `${device} cannot be read: it is a device and may never end`);
  });

  it.each(cases)("of %s beside parameters of simulated data: --env.%s", async (environment, parameter) => {
    const good = file("good", environment === "dags" ? rows : fasta("ACGT", "ACGA", "ACGC"));
    const { status, stderr } = await withoutAdapter(["train", environment, `--env.${parameter}`, good, "--env.data-seed", "1"]);
    expect(stderr).toMatch(/^webgfn: \w+ takes either (an alignment|data) or dataSeed: .*\n$/);
    expect(status).toBe(2);
  });

  const configured = (env: unknown) => ["train", "--config", file("config.json", JSON.stringify({ environment: "dags", env }))];

  it("named by a configuration, or within it", async () => {
    await accepted(configured({ data: file("data.csv", rows) }));
    await accepted(configured({ data: { name: "data.csv", text: rows } }));
    await refused(configured({ data: join(folder, "missing") }), `${join(folder, "missing")} cannot be read: no such file or directory`);
    await refused(configured({ data: file("data.csv", `${rows}1`) }), "data.csv:5: expected 2 values as in line 1, found 1");
    await refused(
      configured({ data: { name: "inner.csv", text: "1,x" } }),
      'inner.csv:1: expected a finite number in column 2, found "x"; a header must not hold numbers, and a sample no words',
    );
  });

  it("that a configuration holds in another form", async () => {
    const path = join(folder, "config.json");
    const expected = "must be a number, a list of numbers, a text or a file as { name, text }";
    await refused(configured({ data: null }), `${path}: env.data ${expected}, not null`);
    await refused(configured({ data: { text: "1".repeat(1000) } }), `${path}: env.data ${expected}, not {"text":"${"1".repeat(51)}…`);
    await refused(configured([]), `${path}: env must be an object of numbers, texts and files, not []`);
  });
});

describe("graphs and items", () => {
  it.each<[string, string, string, string]>([
    ["independent-set", "graph", "p edge 3 2\ne 1 2\ne 3 2\n", "p edge 3 1\ne 1 4\n"],
    ["max-cut", "graph", "a b 2\nb c 0.5\n", "a b\nb b\n"],
    ["knapsack", "data", "weight,value\n1,2\n", "weight,value\n1\n"],
  ])("of %s are read from --env.%s, or refused with the line", async (environment, parameter, good, bad) => {
    const option = ["train", environment, `--env.${parameter}`];
    await accepted([...option, file("good.txt", good)]);
    const { status, stderr } = await withoutAdapter([...option, file("bad.txt", bad)]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^webgfn: bad\.txt:2: expected [^\n]+\n$/);
    const own = parameter === "graph" ? "a file has its own graph" : "a data file has its own items";
    await refused(
      [...option, file("good.txt", good), "--env.data-seed", "1"],
      `${environment} takes either ${parameter} or dataSeed: ${own}`,
    );
  });
});

describe("a good file trains", () => {
  // The longest trajectory: four species are joined three times; on two variables there is one edge, and then stop.
  it.each<[string, string, string, number]>([
    ["phylogenetics", "alignment", fasta("ACGTAC", "ACGTAA", "TCGAAC", "TCG-RC"), 3],
    ["dags", "data", `rain,wet\n${rows}`, 2],
  ])(
    "%s --env.%s",
    async (environment, parameter, content, longest) => {
      const path = file("good", content);
      const words = ["train", environment, `--env.${parameter}`, path, "--steps", "2", "--batch-size", "4", "--hidden", "8", "--json"];
      const { status, stdout } = await run(words);
      expect(status).toBe(0);
      const result = JSON.parse(stdout);
      expect(result).toMatchObject({ environment, steps: 2, exactLogZ: expect.any(Number) });
      expect(result.replicas[0].meanLength).toBeLessThanOrEqual(longest);
      expect(result.replicas[0].meanLength).toBeGreaterThan(longest - 1);
    },
    600_000, // a driver compiles each kernel when it first runs
  );
});
