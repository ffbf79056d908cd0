import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Alignment, parseAlignment } from "./alignment.js";

const parse = (text: string): Alignment => parseAlignment({ name: "file", text });
const LETTERS = " ACMGRSVTWYHKDBN";
const letters = ({ names, sequences }: Alignment) =>
  Object.fromEntries(names.map((name, n) => [name, Array.from(sequences[n] as Uint8Array, (bases) => LETTERS[bases]).join("")]));
const THREE = { one: "ACGT", two: "AANT", three: "CCNR" };

describe("FASTA", () => {
  it.each([
    ["plain", ">one\nACGT\n>two\nAA-T\n>three\nCC?R\n"],
    ["with lower case, U, descriptions, broken lines and no end of line", ">one the first\nac\ngu\n\n>two\n a a n t\n>three\nCC\nXR"],
    ["with a byte order mark and carriage returns", "\uFEFF>one\r\nACGT\r\n>two\r\nAA-T\r\n>three\r\nCC?R\r\n"],
    ["after blank lines", "\n \n>one\nACGT\n>two\nAA-T\n>three\nCC?R\n"],
  ])("%s", (_, text) => expect(letters(parse(text))).toEqual(THREE));

  it("knows every ambiguity code", () => {
    const codes = "ACGTMRWSYKVHDBN";
    expect(letters(parse(`>a\n${codes}\n>b\n${codes.toLowerCase()}\n>c\n${codes}\n`))["b"]).toBe(codes);
  });

  it.each([
    ["", /^file is empty; expected an alignment/],
    [" \n\n", /^file is empty/],
    [">a\nACGT\n>b\nACGT\n", /^file: expected 3 to 64 taxa, found 2$/],
    [">a\nACGT\n>b\nACG\n>c\nACGT\n", /^file:3: expected 4 sites in "b", as in "a", found 3$/],
    [">a\nACGT\n>b\nACGT\n>c\n", /^file:5: expected 4 sites in "c", as in "a", found 0$/],
    [">a\n>b\n>c\n", /^file:1: expected 1 to 100000 sites in "a", found 0$/],
    [">a\nACGT\n>b\nACJT\n>c\nACGT\n", /^file:4: expected a nucleotide .*, found "J" in column 3, as in proteins$/],
    [">a\nACGT\n>b\nAC.T\n>c\nACGT\n", /^file:4: expected a nucleotide .*, found "\." in column 3, a gap in some programs/],
    [">a\nACGT\n>b\nACGT\n>a b\nACGT\n", /^file:5: expected every taxon once, but "a" is also in line 1; names end at the first blank$/],
    [">a\nACGT\n> \nACGT\n", /^file:3: expected a name after ">", found none$/],
    ["taxon,sequence\na,ACGT\n", /^file:1: expected FASTA .*, NEXUS .* or PHYLIP .*, found "taxon,sequence"$/],
    ["\n\n{}", /^file:3: expected FASTA/],
    [Array.from({ length: 65 }, (_, n) => `>t${n}\nA\n`).join(""), /^file: expected 3 to 64 taxa, found 65$/],
  ])("refuses %j", (text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "file" }));
  });
});

describe("PHYLIP", () => {
  it.each([
    ["sequential and relaxed", "3 4\none ACGT\ntwo AA-T\nthree CC?R\n"],
    ["sequential over several lines", " 3 4\none AC\n GT\ntwo A A\n -T\nthree\nCC?R\n"],
    ["interleaved", "3 4 I\none   AC\ntwo   AA\nthree CC\n\nGT\n-T\n?R\n"],
    ["strict", "3 4\none       ACGT\ntwo       AA-T\nthree     CC?R\n"],
    ["strict, interleaved and lower case", "3 4\none       ac\ntwo       aa\nthree     cc\n\ngu\n-t\nxr\n"],
  ])("%s", (_, text) => expect(letters(parse(text))).toEqual(THREE));

  it("has strict names that hold blanks and touch the sequence", () => {
    const text = "3 4\nHomo sapieACGT\nPan paniscAACT\nGorilla goCCAT\n";
    expect(letters(parse(text))).toEqual({ "Homo sapie": "ACGT", "Pan panisc": "AACT", "Gorilla go": "CCAT" });
  });

  it.each([
    ["3 1000000000\na ACGT\nb ACGT\nc ACGT\n", /^file:4: expected /],
    ["1000000000 4\na ACGT\n", /^file:1: expected 3 to 64 taxa, found 1000000000$/],
    ["2 4\na ACGT\nb ACGT\n", /^file:1: expected 3 to 64 taxa, found 2$/],
    ["4 4\na ACGT\nb ACGT\nc ACGT\n", /^file:4: expected 4 taxa as in line 1, found 3$/],
    ["3 4\na ACGT\nb ACGT\nc ACGT\nd ACGT\n", /^file:5: expected /],
    ["3 4\na ACGT\nb ACG\nc ACGT\n", /^file:4: expected /],
    ["3 4\na ACGT\nb ACGT\nc ACZT\n", /^file:4: expected a nucleotide .*, found "Z" in column 5, as in proteins$/],
    ["3 4\na ACGT\na ACGT\nc ACGT\n", /^file:3: expected every taxon once, but "a" is also in line 2$/],
    ["3 4\n", /^file:1: expected 3 taxa as in line 1, found 0$/],
    ["3 0\na\nb\nc\n", /^file:2: expected 1 to 100000 sites/],
  ])("refuses %j", (text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "file" }));
  });
});

const nexus = (matrix: string, format = "datatype=dna missing=? gap=-", dimensions = "ntax=3 nchar=4") =>
  `#NEXUS\nbegin data;\ndimensions ${dimensions};\nformat ${format};\nmatrix\n${matrix}\n;\nend;\n`;

describe("NEXUS", () => {
  it.each([
    ["plain", nexus("one ACGT\ntwo AA-T\nthree CC?R")],
    ["over several lines", nexus("one AC\nGT\ntwo A A\n\n-T\nthree\nCC?R")],
    ["interleaved", nexus("one AC\ntwo AA\nthree CC\n\none GT\ntwo -T\nthree ?R", "datatype=DNA interleave missing=? gap=-")],
    ["with interleave=no", nexus("one AC\nGT\ntwo AA-T\nthree CC?R", "Datatype = RNA interleave=no")],
    ["with quoted names", nexus("'one' ACGT\n'two' AA-T\n\"three\" CC?R")],
    ["with comments", nexus("[first [nested]] one AC[12]GT [4]\ntwo [x\ny] AA-T\nthree CC?R")],
    ["with symbols of its own", nexus("one ACGT\ntwo .A!.\nthree CC*R", "datatype=nucleotide missing=* gap=! matchchar=.")],
    ["with symbols side by side", nexus("one ACGT\ntwo AA!T\nthree CC*R", "datatype=dna missing=*gap=!")],
    ["with sets of bases", nexus("one ACGT\ntwo AA{ACGT}T\nthree CC(AT CG){AG}")],
    [
      "with a TAXA block, a CHARACTERS block and foreign blocks",
      "#nexus\nBEGIN TAXA; DIMENSIONS NTAX=3; TAXLABELS one two three; END;\nbegin notes; text 'a; b' = 5; matrix x; end;\n" +
        "Begin Characters;\nTitle 'it''s';\nDimensions NChar=4;\nFormat Datatype=DNA;\nMatrix one ACGT two AA-T three CC?R;\nEnd;\nbegin trees; end;",
    ],
  ])("%s", (_, text) => {
    const found = letters(parse(text));
    expect(found).toEqual(THREE);
  });

  it("has names that hold blanks, quotes and punctuation", () => {
    const found = parse(nexus("'Homo sapiens' ACGT\n'Darwin''s [finch]; x' AA-T\nsp.-1/2 CC?R"));
    expect(found.names).toEqual(["Homo sapiens", "Darwin's [finch]; x", "sp.-1/2"]);
  });

  it.each([
    ["#NEXUS\n", /^file:2: expected a DATA or CHARACTERS block with a MATRIX, found the end of the file$/],
    ["#NEXUS begin data; end;", /^file:1: expected a MATRIX in the DATA block, found "END" in column 20$/],
    [
      nexus("one ACGT\ntwo AA-T\nthree CC?R", "datatype=protein"),
      /^file:4: expected DATATYPE = DNA or RNA or NUCLEOTIDE, found "protein" in column 17$/,
    ],
    [
      nexus("one ACGT\ntwo AA-T\nthree CC?R", "datatype=dna transpose"),
      /^file:4: expected a plain matrix .*, found "TRANSPOSE" in column 21$/,
    ],
    [nexus("one ACGT\ntwo AA-T\nthree CC?R", undefined, "ntax=3"), /^file:\d+: expected DIMENSIONS with NCHAR/],
    [nexus("one ACGT\ntwo AA-T\nthree CC?R", undefined, "ntax=4 nchar=4"), /^file:9: expected NTAX = 4 taxa, found 3$/],
    [nexus("one ACGT\ntwo AA-T\nthree CC?R", undefined, "ntax=3 nchar=1000000000"), /^file:\d+: expected /],
    [
      nexus("one ACGT\ntwo AA-T\nthree CC?R", undefined, "ntax=3 nchar=4.5"),
      /^file:3: expected NCHAR = a whole number, found "4\.5" in column 25$/,
    ],
    [nexus("one ACGT\ntwo AA-TC\nthree CC?R"), /^file:7: expected NCHAR = 4 sites in "two", found more$/],
    [nexus("one ACGT\ntwo AA-T\nthree CC?"), /^file:8: expected NCHAR = 4 sites in "three", found 3$/],
    [nexus("one ACGT\ntwo AA-T\none CC?R"), /^file:8: expected every taxon once, but "one" is also in line 6$/],
    [nexus("one ACGT\ntwo AAZT\nthree CC?R"), /^file:7: expected a nucleotide .*, found "Z" in column 7, as in proteins$/],
    [nexus("one ACGT\ntwo AA{T\nthree CC?R"), /^file:\d+: expected /],
    [nexus("one ACGT\n'two AA-T\nthree CC?R"), /^file:7: expected a closing ' after this text, found the end of the file$/],
    [nexus("one ACGT\n[two AA-T\nthree CC?R"), /^file:7: expected "]" after this comment, found the end of the file$/],
    ["#NEXUS\nbegin data; dimensions nchar=4; matrix\none ACGT\ntwo AAAA\nthree AC", /^file:5: expected /],
  ])("refuses %j", (text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "file" }));
  });
});

/** Alignments as every format can hold them. */
const alignments = fc.tuple(fc.integer({ min: 3, max: 9 }), fc.integer({ min: 1, max: 40 })).chain(([taxa, sites]) =>
  fc.record({
    names: fc.uniqueArray(fc.stringMatching(/^[qzj][a-z_0-9.]{2,12}$/), { minLength: taxa, maxLength: taxa }),
    sequences: fc.array(fc.stringMatching(new RegExp(`^[ACGTMRWSYKVHDBN]{${sites}}$`)), { minLength: taxa, maxLength: taxa }),
    width: fc.integer({ min: 1, max: 50 }),
  }),
);
const chunks = (text: string, width: number): string[] => text.match(new RegExp(`.{1,${width}}`, "g")) ?? [];

describe("any alignment", () => {
  it("is read back from every format", () => {
    fc.assert(
      fc.property(alignments, ({ names, sequences, width }) => {
        const sites = sequences[0]?.length ?? 0;
        const blocks = sequences.map((sequence) => chunks(sequence, width));
        const rounds = (blocks[0] ?? []).map((_, block) => block);
        const interleaved = (prefix: (name: string, block: number) => string) =>
          rounds.map((block) => names.map((name, n) => `${prefix(name, block)}${blocks[n]?.[block]}`).join("\n")).join("\n\n");
        const nexusNames = names.map((name) => name.replaceAll("_", " "));
        const texts: [string, readonly string[]][] = [
          [names.map((name, n) => `>${name} x\n${blocks[n]?.join("\n")}`).join("\n"), names],
          [`${names.length} ${sites}\n${names.map((name, n) => `${name}  ${blocks[n]?.join("\n  ")}`).join("\n")}`, names],
          [`${names.length} ${sites}\n${interleaved((name, block) => (block === 0 ? `${name} ` : ""))}`, names],
          [nexus(names.map((name, n) => `${name} ${blocks[n]?.join("\n")}`).join("\n"), "datatype=dna", `nchar=${sites}`), nexusNames],
          [
            nexus(
              interleaved((name) => `'${name}' `),
              "datatype=dna interleave=yes",
              `ntax=${names.length} nchar=${sites}`,
            ),
            names,
          ],
        ];
        for (const [text, read] of texts) {
          expect(letters(parse(text))).toEqual(Object.fromEntries(read.map((name, n) => [name, sequences[n]])));
        }
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it("and any text at all either is an alignment or is refused with the file's name", () => {
    const word = fc.constantFrom(
      ...[
        "#NEXUS",
        "begin data;",
        "matrix",
        "dimensions",
        "nchar=",
        "ntax=",
        "format",
        "interleave",
        "matchchar=",
        "missing=",
        "=",
        ";",
        "'",
        '"',
      ],
      ...[
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        "\n",
        " ",
        ">",
        "a",
        "ACGT",
        "3 4",
        "99999999999999999999",
        "-1",
        "end;",
        "\r",
        "\0",
        "é",
        "😀",
        ".",
      ],
    );
    const soup = fc.array(word, { maxLength: 60 }).map((words) => words.join(" "));
    const text = fc.oneof(
      soup,
      soup.map((rest) => `#NEXUS ${rest}`),
      soup.map((rest) => `>a${rest}`),
      soup.map((rest) => `3 4\n${rest}`),
      fc.string(),
    );
    fc.assert(
      fc.property(text, (any) => {
        try {
          const { names, sequences } = parse(any);
          expect(sequences.length).toBe(names.length);
        } catch (error) {
          expect(error).toMatchObject({ code: "file", message: expect.stringMatching(/^file( is empty;|:)/) });
        }
      }),
      { numRuns: 2000, seed: 2 },
    );
  });

  it("truncated anywhere is refused, or is a whole alignment by itself", () => {
    const whole = nexus("'one' AC\ntwo AA\nthree CC\n\n'one' GT\ntwo -T\nthree ?R", "datatype=DNA interleave missing=? gap=-");
    const end = whole.lastIndexOf("R") + 2;
    for (let length = 0; length <= end; length++) expect(() => parse(whole.slice(0, length))).toThrow(/^file/);
    expect(parse(whole.slice(0, end + 1)).names.length).toBe(3);
  });

  it("of a million letters takes no long time", () => {
    const sequence = "ACGT".repeat(25_000);
    const names = Array.from({ length: 10 }, (_, n) => `t${n}`);
    const start = performance.now();
    parse(names.map((name) => `>${name}\n${sequence}`).join("\n"));
    parse(`10 100000\n${names.map((name) => `${name} ${sequence}`).join("\n")}`);
    parse(nexus(names.map((name) => `${name} ${sequence}`).join("\n"), "datatype=dna", "nchar=100000"));
    // Linear time: a second or so; anything quadratic would take hours.
    expect(performance.now() - start).toBeLessThan(60_000);
  });
});
