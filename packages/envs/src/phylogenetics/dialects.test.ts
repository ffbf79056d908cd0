/** Alignments as programs write them, against plain readings of the same texts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAlignment } from "./alignment.js";

const LETTERS = " ACMGRSVTWYHKDBN";
/** name=LETTERS of each taxon, in order. */
function read(text: string): string[] {
  const { names, sequences } = parseAlignment({ name: "file", text });
  return names.map((name, n) => `${name}=${Array.from(sequences[n] as Uint8Array, (bases) => LETTERS[bases]).join("")}`);
}
const ABC = ["a=ACGT", "b=ACNT", "c=ACGG"];
/** Four taxa in two blocks of codons, and four others one after another. */
const ANIMALS = "CAT ACG\nBAT ACG\nRAT ACG\nANT ACG\n\nACG TAC\nACC TAC\nACA TAG\nACT TAC\n";
const nexus = (format: string, matrix = "a ACGT\nb AC-T\nc ACGG") =>
  `#NEXUS\nBEGIN DATA;\nDIMENSIONS NTAX=3 NCHAR=4;\nFORMAT ${format};\nMATRIX\n${matrix}\n;\nEND;\n`;

describe("an alignment is read", () => {
  it.each<[string, string, string[]]>([
    [
      "FASTA with names of two words",
      ">Homo sapiens\nAC\n>Homo erectus\nAG\n>Pan paniscus\nAT\n",
      ["Homo sapiens=AC", "Homo erectus=AG", "Pan paniscus=AT"],
    ],
    ["FASTA with comments", ";of 1990\n>a\nACGT\n;b\n>b\nAC-T\n>c\nACGG\n", ABC],
    ["PHYLIP in blocks, as its header says", `4 9 I\n${ANIMALS}`, ["CAT=ACGACGTAC", "BAT=ACGACCTAC", "RAT=ACGACATAG", "ANT=ACGACTTAC"]],
    [
      "PHYLIP one after another, as its header says",
      `4 9 s\n${ANIMALS}`,
      ["CAT=ACGBATACG", "RAT=ACGANTACG", "ACG=TACACCTAC", "ACA=TAGACTTAC"],
    ],
    ["PHYLIP with names in every block", "3 4\npig AC\nhog AC\nfox AC\n\npig GT\nhog GA\nfox GG\n", ["pig=ACGT", "hog=ACGA", "fox=ACGG"]],
    [
      "PAML, with names that end at two blanks",
      "3 4\nHomo sapiens  AC GT\nHomo erectus  ACGA\nPan paniscus  ACGG\n",
      ["Homo sapiens=ACGT", "Homo erectus=ACGA", "Pan paniscus=ACGG"],
    ],
    [
      "PAML, with names on lines of their own",
      " 3 4\n\nHomo sapiens\nACGT\nHomo erectus\nACGA\nPan paniscus\nACGG\n",
      ["Homo sapiens=ACGT", "Homo erectus=ACGA", "Pan paniscus=ACGG"],
    ],
    [
      "ape's PHYLIP",
      "3 8\nNo305      ACGT AC\n           GT\nNo304      ACGT AC\n           GA\nNo306      ACGT AC\n           GG\n",
      ["No305=ACGTACGT", "No304=ACGTACGA", "No306=ACGTACGG"],
    ],
    [
      "SplitsTree's NEXUS",
      "#nexus\nBEGIN Taxa;\nDIMENSIONS ntax=3;\nTAXLABELS\n[1] 'a'\n[2] 'b'\n[3] 'c'\n;\nEND;\nBEGIN Characters;\nDIMENSIONS nchar=4;\nFORMAT\n\tdatatype='DNA' missing=? gap=- symbols=\"atgc\" labels=left transpose=no interleave=yes;\nMATRIX\n'a' acgt\n'b' ac-t\n'c' acgg\n;\nEND;\n",
      ABC,
    ],
    [
      "Mesquite's NEXUS, beside a matrix of other characters",
      "#NEXUS\n[written by Mesquite]\nBEGIN TAXA;\n TITLE Taxa;\n DIMENSIONS NTAX=3;\n TAXLABELS a b c ;\nEND;\nBEGIN CHARACTERS;\n TITLE 'it''s form';\n DIMENSIONS NCHAR=2;\n FORMAT DATATYPE = STANDARD GAP = - MISSING = ? SYMBOLS = \"  0 1\";\n CHARSTATELABELS 1 'size; all' / small large;\n MATRIX a 01 b (01)1 c 11 ;\nEND;\nBEGIN CHARACTERS;\n TITLE DNA;\n DIMENSIONS NCHAR=4;\n FORMAT DATATYPE = DNA GAP = - MISSING = ?;\n MATRIX\n a ACGT\n b AC-T\n c ACGG\n;\nEND;\nBEGIN NOTES; TEXT it's; END;\n",
      ABC,
    ],
    ["MrBayes' NEXUS", nexus("datatype=dna interleave=no gap=- missing=?"), ABC],
    ["NEXUS with tokens=no", nexus("datatype=dna tokens=no"), ABC],
    ["NEXUS with quoted symbols", nexus("datatype=dna missing='?' gap=\"-\" matchchar='.'", "a ACGT\nb ..-.\nc ...G"), ABC],
    ["NEXUS with an EQUATE of IUPAC codes", nexus('datatype=dna equate="R={AG} y=(CT) N=?"'), ABC],
    ["NEXUS behind a comment", `[a [b]]\n${nexus("datatype=dna")}`, ABC],
    [
      "NEXUS with names in either case",
      nexus("datatype=dna interleave", "Ab AC\nb AC\nc AC\n\nab GT\nB -T\nC GG"),
      ["Ab=ACGT", "b=ACNT", "c=ACGG"],
    ],
    [
      "NEXUS with an underscore for a blank",
      nexus("datatype=dna interleave", "'a x' AC\nb AC\nc AC\na_x GT\nb -T\nc GG"),
      ["a x=ACGT", "b=ACNT", "c=ACGG"],
    ],
    ["NEXUS with an underscore in quotes", nexus("datatype=dna", "'a_x' ACGT\na_x AC-T\nc ACGG"), ["a_x=ACGT", "a x=ACNT", "c=ACGG"]],
  ])("%s", (_, text, expected) => expect(read(text)).toEqual(expected));
});

describe("an alignment is refused", () => {
  it.each<[string, string, RegExp]>([
    ["FASTA with names alike", ">Homo sapiens\nA\n>Homo sapiens\nA\n>Pan\nA\n", /^file:3: .*once, but "Homo sapiens" is also in line 1$/],
    ["FASTA without a name", "; a comment\nACGT\n", /^file:2: expected ">" and a name, found "ACGT"$/],
    ["FASTA with control characters in a name", ">a\u001b[2J\nA\n", /^file:1: expected a name without control characters/],
    [
      "PHYLIP of which two readings fit",
      `4 9\n${ANIMALS}`,
      /^file:1: the file can be read in two ways, .*sequential.*"CAT", "RAT", "ACG", "ACA"; or .*interleaved.*"CAT", "BAT", "RAT", "ANT"; write S/,
    ],
    ["PHYLIP with partitions", "3 4 G\na ACGT\nb ACGT\nc ACGT\n", /^file:1: expected I .* or S .*, found "G"; other options/],
    [
      "PHYLIP with blanks in names",
      "3 4\nHomo sapiens ACGT\nHomo erectus ACGA\nPan paniscus ACGG\n",
      /^file:2: .*; a name that holds a blank must have two behind it$/,
    ],
    ["PHYLIP that is both", "3 4 IS\na ACGT\nb ACGT\nc ACGT\n", /^file:1: .*found "IS"/],
    [
      "PHYLIP with points",
      "3 4\none ACGT\ntwo ....\nsix ACGT\n",
      /^file:3: .*found "\." in column 5, a gap in some programs and "as in the first taxon"/,
    ],
    ["PHYLIP of proteins", "3 4\npig ACLT\nhog ACLT\nfox ACLT\n", /^file:2: .*found "L" in column 7, as in proteins$/],
    ["NEXUS that is transposed", nexus("datatype=dna transpose=yes"), /^file:4: .*found "TRANSPOSE=YES" in column 31$/],
    ["NEXUS with names on the right", nexus("datatype=dna labels=right"), /^file:4: .*found "LABELS=RIGHT"/],
    [
      "NEXUS with an EQUATE of another meaning",
      nexus('datatype=dna equate="R={AC}"'),
      /^file:4: expected an EQUATE that repeats IUPAC codes/,
    ],
    [
      "NEXUS without the word INTERLEAVE",
      nexus("datatype=dna", "one AC\ntwo AC\nsix AC\none GT\ntwo -T\nsix GG"),
      /^file:7: .*"one", found more; .*needs INTERLEAVE/,
    ],
    [
      "NEXUS with points of no meaning",
      nexus("datatype=dna", "a ACGT\nb ...T\nc ACGG"),
      /^file:7: .*found "\." in column 3, for which FORMAT has no MATCHCHAR/,
    ],
    [
      "NEXUS with points in the first taxon",
      nexus("datatype=dna matchchar=.", "a AC.T\nb ...T\nc ACGG"),
      /^file:6: .*first taxon, found "\." in column 5/,
    ],
    [
      "NEXUS with one name twice",
      nexus("datatype=dna", "'a x' ACGT\nA_x AC-T\nc ACGG"),
      /^file:7: .*once, but "A x" is also in line 6 as "a x"$/,
    ],
    [
      "NEXUS with two matrices",
      nexus("datatype=dna") + nexus("datatype=dna").slice(7),
      /^file:\d+: expected one matrix of nucleotides, found another beside that in line 5/,
    ],
    [
      "NEXUS without nucleotides",
      nexus("datatype=standard", "a 0101\nb 0101\nc 0101"),
      /^file:4: expected DATATYPE = DNA or .*, found "standard"/,
    ],
    [
      "NEXUS with its matrix elsewhere",
      "#NEXUS\nbegin taxa; matrix a A b A c A; end;",
      /^file:2: .*DATA or CHARACTERS block, found "MATRIX" in column 13, in the block TAXA$/,
    ],
    ["NEXUS of which sites do not count", nexus("datatype=dna").replace("MATRIX", "ELIMINATE 2;\nMATRIX"), /^file:5: .*found "ELIMINATE"/],
    ["a text that was not UTF-8", ">\uFFFD\nACGT\n", /^file:1: expected UTF-8 text, found U\+FFFD.* in column 2; save it as UTF-8$/],
  ])("%s", (_, text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "file" }));
  });

  it.each<[string, () => string, RegExp]>([
    ["a chromosome", () => `>chr\n${"A".repeat(2 ** 24)}`, /^file:2: expected 1 to 100000 sites in "chr", found more$/],
    ["more than a file may hold", () => "A".repeat(2 ** 26), /^file: expected a data file of at most 32 MiB, found 64 MiB/],
    ["lines without end", () => `3 4\n${"\n".repeat(2 ** 24)}`, /^file:\d+: expected at most 2097152 lines/],
    ["blanks without end", () => `3 4\na${" ".repeat(2 ** 22)}A`, /^file:2: expected 3 taxa/],
    ["taxa without end", () => ">a\nA\n".repeat(2 ** 19), /^file: expected 3 to 64 taxa, found 524288$/],
    ["a quote without end", () => `#NEXUS ${"'a".repeat(2 ** 22)}b`, /^file:1: /],
  ])("%s, in time", (_, make, message) => {
    const text = make();
    const [before, start] = [process.memoryUsage().rss, performance.now()];
    expect(() => read(text)).toThrow(message);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
  });
});

/** Every way to take a line's name off: PHYLIP's relaxed and strict, and PAML's. */
const NAMINGS = [/^\s*(\S+)\s*(.*)$/, /^(.{10})(.*)$/, /^\s*(.+?)(?:\s{2,}|\t|\s*$)(.*)$/];

/** Plain readings of PHYLIP: the lines are grouped by taxon, and the whole must have the announced size. */
function plainReadings(text: string): string[][] {
  const [head, ...lines] = text.split("\n").filter((line) => line.trim() !== "");
  const [taxa, sites] = (head as string).trim().split(/\s+/).map(Number) as [number, number];
  const readings: string[][] = [];
  for (const naming of NAMINGS) {
    const parts = lines.map((line) => (naming.exec(line) ?? [line, line.trim(), ""]).slice(1) as [string, string]);
    const count = (letters: string) => letters.replace(/\s/g, "").length;
    const groups: [string, string][][] = [[], [], []];
    // One after another: a taxon takes lines until it is full.
    for (let n = 0; n < lines.length; ) {
      let [name, letters] = parts[n++] as [string, string];
      while (n < lines.length && count(letters) < sites) letters += lines[n++];
      groups[0]?.push([name, letters]);
    }
    // In blocks, without names and with them.
    for (let n = 0; n < Math.min(taxa, lines.length); n++) {
      const later = Array.from({ length: Math.ceil(lines.length / taxa) - 1 }, (_, block) => (block + 1) * taxa + n).filter(
        (at) => at < lines.length,
      );
      const [name, letters] = parts[n] as [string, string];
      groups[1]?.push([name, letters + later.map((at) => lines[at]).join("")]);
      const named = later.length > 0 && later.every((at) => parts[at]?.[0].trim() === name.trim());
      groups[2]?.push([name, named ? letters + later.map((at) => parts[at]?.[1]).join("") : "no"]);
    }
    const blocks = lines.length % taxa === 0 ? isEvenInBlocks(lines, parts, taxa, count) : [false, false];
    for (const [layout, group] of groups.entries()) {
      if (layout > 0 && !blocks[layout - 1]) continue;
      const reading = group.map(
        ([name, letters]) => [name.trim(), letters.replace(/\s/g, "").toUpperCase().replaceAll("U", "T").replaceAll("X", "N")] as const,
      );
      const fits =
        reading.length === taxa &&
        reading.every(([name, letters]) => name !== "" && new RegExp(`^[ACGTMRWSYKVHDBN]{${sites}}$`).test(letters));
      if (fits) readings.push(reading.map(([name, letters]) => `${name}=${letters}`));
    }
  }
  return [...new Map(readings.map((reading) => [reading.join(), reading])).values()];
}

/** Whether all lines of each block have as many letters, without names behind the first block and with them. */
function isEvenInBlocks(
  lines: readonly string[],
  parts: readonly [string, string][],
  taxa: number,
  count: (letters: string) => number,
): boolean[] {
  const even = (lettersOf: (n: number) => string) => lines.every((_, n) => count(lettersOf(n)) === count(lettersOf(n - (n % taxa))));
  return [even((n) => (n < taxa ? (parts[n]?.[1] as string) : (lines[n] as string))), even((n) => parts[n]?.[1] as string)];
}

describe("any PHYLIP file", () => {
  // Short words of nucleotides make names that could be sequences.
  const word = (width: number) => fc.stringMatching(new RegExp(`^[ACGT]{${Math.max(width, 2)}}$`));
  const grids = fc
    .tuple(fc.integer({ min: 3, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }))
    .chain(([taxa, rounds, width]) =>
      fc.record({
        names: fc.uniqueArray(
          fc.oneof({ weight: 4, arbitrary: word(width) }, { weight: 1, arbitrary: fc.stringMatching(/^[a-z]{2,6}$/) }),
          { minLength: taxa, maxLength: taxa },
        ),
        blocks: fc.array(fc.array(fc.stringMatching(new RegExp(`^[ACGT]{${width}}$`)), { minLength: taxa, maxLength: taxa }), {
          minLength: rounds,
          maxLength: rounds,
        }),
        interleaved: fc.boolean(),
        gap: fc.constantFrom(" ", "  ", "      "),
        strict: fc.boolean(),
      }),
    );

  it("is read as the one plain reading that fits, and refused where none fits or two differ", () => {
    let [accepted, refused] = [0, 0];
    fc.assert(
      fc.property(grids, ({ names, blocks, interleaved, gap, strict }) => {
        const sites = blocks.map((block) => block[0]?.length ?? 0).reduce((sum, width) => sum + width, 0);
        const prefix = (name: string) => (strict ? name.padEnd(10) : name + gap);
        const lines = interleaved
          ? blocks.flatMap((block, round) => block.map((letters, n) => (round === 0 ? prefix(names[n] as string) : "") + letters))
          : names.flatMap((name, n) => blocks.map((block, round) => (round === 0 ? prefix(name) : "") + block[n]));
        const text = `${names.length} ${sites}\n${lines.join("\n")}\n`;
        const all = plainReadings(text);
        const sound = all.filter((reading) => new Set(reading.map((taxon) => taxon.split("=")[0])).size === names.length);
        expect(all.length).toBeGreaterThan(0);
        if (sound.length === 1) {
          accepted++;
          expect(read(text)).toEqual(sound[0]);
        } else {
          refused++;
          expect(() => read(text)).toThrow(all.length > 1 ? /can be read in two ways/ : /once/);
        }
      }),
      { numRuns: 500, seed: 1 },
    );
    expect(Math.min(accepted, refused)).toBeGreaterThan(10);
  });
});

describe("any NEXUS file", () => {
  const files = fc.tuple(fc.integer({ min: 3, max: 5 }), fc.integer({ min: 1, max: 12 })).chain(([taxa, sites]) =>
    fc.record({
      names: fc.uniqueArray(fc.stringMatching(/^[a-z][a-z '_"[\]();=.]{0,8}[a-z]$/), { minLength: taxa, maxLength: taxa }),
      sequences: fc.array(fc.stringMatching(new RegExp(`^[ACGTRYN]{${sites}}$`)), { minLength: taxa, maxLength: taxa }),
      width: fc.integer({ min: 1, max: 12 }),
      interleave: fc.constantFrom("", "interleave", "INTERLEAVE=yes", "interleave=no"),
      symbols: fc.constantFrom("", "missing=? gap=-", "missing='?' gap='-'", 'MISSING = "?"', "matchchar=.", "MatchChar='.' gap=-"),
      other: fc.constantFrom("", "transpose=no", "labels=left tokens=no", 'symbols="ACGT"', 'equate="R={AG} Y={CT}"', "respectcase"),
      taxaBlock: fc.boolean(),
      upper: fc.boolean(),
      comment: fc.constantFrom("", "[x]", "[a [nested; 'one]]", "[\n]"),
      after: fc.constantFrom(
        "",
        "begin trees; tree t = (1,2); end;",
        "begin notes; text it's; end;",
        "begin distances; matrix a 0 b 1; end;",
      ),
    }),
  );

  it("is read as what was written", () => {
    fc.assert(
      fc.property(files, ({ names, sequences, width, interleave, symbols, other, taxaBlock, upper, comment, after }) => {
        const sites = sequences[0]?.length ?? 0;
        // In quotes as it is; without quotes, which plain names allow, blanks as underscores. Case does not count.
        const plain = (name: string) => /^[a-z .]+$/.test(name);
        fc.pre(new Set(names.map((name) => name.toLowerCase())).size === names.length);
        const written = (name: string, round: number) => {
          const cased = upper && round > 0 ? name.toUpperCase() : name;
          return plain(name) && round % 2 === 0 ? cased.replaceAll(" ", "_") : `'${cased.replaceAll("'", "''")}'`;
        };
        const matched = sequences.map((sequence, n) =>
          n > 0 && /match/i.test(symbols)
            ? [...sequence].map((letter, site) => (letter === sequences[0]?.[site] ? "." : letter)).join("")
            : sequence,
        );
        const cut = (sequence: string) => sequence.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
        const rounds = /yes$|e$/i.test(interleave) && interleave !== "" ? Math.ceil(sites / width) : 1;
        const matrix =
          rounds === 1
            ? names.map(
                (name, n) =>
                  `${written(name, 0)} ${comment}${rounds === 1 && !/yes$|e$/i.test(interleave) ? cut(matched[n] as string).join("\n") : matched[n]}`,
              )
            : Array.from({ length: rounds }, (_, round) =>
                names
                  .map((name, n) => `${written(name, round)} ${cut(matched[n] as string)[round]}${comment.includes("\n") ? "" : comment}`)
                  .join("\n"),
              );
        const dimensions = taxaBlock ? `nchar=${sites}` : `ntax=${names.length} NCHAR = ${sites}`;
        const text = [
          "#NEXUS",
          comment,
          ...(taxaBlock
            ? [`begin taxa;\ndimensions ntax=${names.length};\ntaxlabels ${names.map((name) => written(name, 1)).join(" ")};\nend;`]
            : []),
          `begin ${taxaBlock ? "characters" : "data"};`,
          `dimensions ${dimensions};`,
          `format datatype=dna ${symbols} ${other} ${interleave};`,
          `matrix\n${matrix.join("\n")}\n;\nend;`,
          after,
        ].join("\n");
        expect(read(text)).toEqual(names.map((name, n) => `${name}=${sequences[n]}`));
      }),
      { numRuns: 400, seed: 1 },
    );
  });
});
