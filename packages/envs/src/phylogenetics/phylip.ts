import { WebgfnError } from "@webgfn/tensor";
import { type DataFile, fault, linesOf, quoted } from "../data-file.js";
import { basesOf, EXPECTED_LETTER } from "./nucleotides.js";
import { FEWEST_TAXA, MOST_TAXA, type SequenceRecord } from "./sequence-record.js";

interface Line {
  text: string;
  number: number;
}

interface Header {
  taxa: number;
  sites: number;
  line: number;
}

/** Where a taxon's name ends: at the first blank (relaxed), or after ten characters, blanks included (strict). */
type SplitName = (line: Line) => { name: string; rest: string };

const relaxed: SplitName = ({ text }) => {
  const [name = ""] = text.trimStart().split(/\s/, 1);
  return { name, rest: text.trimStart().slice(name.length) };
};

const strict: SplitName = ({ text }) => ({ name: text.slice(0, 10).trim(), rest: text.slice(10) });

type Layout = (file: DataFile, header: Header, lines: readonly Line[], split: SplitName) => SequenceRecord[];

/**
 * PHYLIP: a line with the numbers of taxa and of sites, then the sequences, one after another (sequential) or in blocks of
 * one line per taxon (interleaved), with strict or relaxed names. The format does not say which: the first reading in
 * which every taxon has exactly the announced sites is taken, and where none has, the one that came furthest reports.
 */
export function parsePhylip(file: DataFile): SequenceRecord[] {
  const lines = linesOf(file.text).flatMap((text, index) => (text.trim() === "" ? [] : [{ text, number: index + 1 }]));
  const [first, ...body] = lines;
  const header = headerOf(file, first as Line);
  let furthest: { error: WebgfnError; line: number } | undefined;
  for (const split of [relaxed, strict]) {
    for (const layout of [sequential, interleaved]) {
      try {
        return layout(file, header, body, split);
      } catch (error) {
        if (!(error instanceof WebgfnError)) throw error;
        const line = lineOf(error, file);
        if (furthest === undefined || line > furthest.line) furthest = { error, line };
      }
    }
  }
  throw furthest?.error;
}

/** The line that an error of `fault` names. */
function lineOf(error: WebgfnError, file: DataFile): number {
  return Number.parseInt(error.message.slice(file.name.length + 1), 10);
}

function headerOf(file: DataFile, { text, number }: Line): Header {
  const match = /^\s*(\d+)\s+(\d+)(\s|$)/.exec(text);
  if (match === null) throw fault(file, number, `expected the numbers of taxa and of sites, found ${quoted(text.trim())}`);
  const taxa = Number(match[1]);
  const sites = Number(match[2]);
  if (taxa < FEWEST_TAXA || taxa > MOST_TAXA) throw fault(file, number, `expected ${FEWEST_TAXA} to ${MOST_TAXA} taxa, found ${taxa}`);
  return { taxa, sites, line: number };
}

const sequential: Layout = (file, header, lines, split) => {
  const records: SequenceRecord[] = [];
  for (const line of lines) {
    const current = records.at(-1);
    if (current !== undefined && current.bases.length < header.sites) append(file, header, current, line, line.text);
    else start(file, header, records, line, split);
  }
  return complete(file, header, records, lines);
};

const interleaved: Layout = (file, header, lines, split) => {
  const records: SequenceRecord[] = [];
  lines.forEach((line, index) => {
    if (index < header.taxa) start(file, header, records, line, split);
    else append(file, header, records[index % header.taxa] as SequenceRecord, line, line.text);
  });
  return complete(file, header, records, lines);
};

function start(file: DataFile, header: Header, records: SequenceRecord[], line: Line, split: SplitName): void {
  if (records.length === header.taxa) {
    throw fault(
      file,
      line.number,
      `expected the end after ${header.taxa} taxa of ${header.sites} sites, found ${quoted(line.text.trim())}`,
    );
  }
  const { name, rest } = split(line);
  if (name === "") throw fault(file, line.number, "expected a taxon's name, found blanks");
  const record: SequenceRecord = { name, line: line.number, bases: [] };
  records.push(record);
  append(file, header, record, line, rest);
}

function append(file: DataFile, { sites }: Header, { name, bases }: SequenceRecord, { number }: Line, letters: string): void {
  for (const letter of letters) {
    if (/\s/.test(letter)) continue;
    const mask = basesOf(letter);
    if (mask === undefined) throw fault(file, number, `expected ${EXPECTED_LETTER}, found ${quoted(letter)}`);
    if (bases.length === sites) throw fault(file, number, `expected ${sites} sites in ${quoted(name)}, found more`);
    bases.push(mask);
  }
}

function complete(file: DataFile, { taxa, sites, line }: Header, records: SequenceRecord[], lines: readonly Line[]): SequenceRecord[] {
  const last = lines.at(-1)?.number ?? line;
  if (records.length !== taxa) throw fault(file, last, `expected ${taxa} taxa as in line ${line}, found ${records.length}`);
  const short = records.find(({ bases }) => bases.length !== sites);
  if (short !== undefined) throw fault(file, last, `expected ${sites} sites in ${quoted(short.name)}, found ${short.bases.length}`);
  return records;
}
