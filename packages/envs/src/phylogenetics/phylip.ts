import { checkName, DataFault, type DataFile, eachLine, fault, type Line, quoted } from "../data-file.js";
import { addLetters, FEWEST_TAXA, MOST_SITES, MOST_TAXA, type SequenceRecord } from "./sequence-record.js";

interface Header {
  taxa: number;
  sites: number;
  line: number;
  /** The letters after the numbers: I for interleaved, S for sequential. */
  said: string;
}

/** A rule for the end of a taxon's name; `rest` is the position after it. */
interface Naming {
  words: string;
  split(text: string): { name: string; rest: number };
}

const NAMINGS: readonly Naming[] = [
  { words: "that end at the first blank", split: (text) => upTo(text, /\s/) },
  { words: "of ten characters", split: (text) => ({ name: text.slice(0, 10).trim(), rest: 10 }) },
  // PAML's rule: names may contain single blanks.
  { words: "that end at two blanks", split: (text) => upTo(text, /\s{2}|\t/) },
];

function upTo(text: string, end: RegExp): { name: string; rest: number } {
  const start = text.search(/\S/);
  const length = text.slice(start).search(end);
  const rest = length < 0 ? text.length : start + length;
  return { name: text.slice(start, rest).trim(), rest };
}

interface Layout {
  words: string;
  /** The letter by which a header names it. */
  letter: string;
  /** Adds the taxa to `records` as it finds them. */
  read(file: DataFile, header: Header, lines: readonly Line[], naming: Naming, records: SequenceRecord[]): void;
}

const LAYOUTS: readonly Layout[] = [
  { words: "one taxon after another (sequential)", letter: "S", read: sequential },
  { words: "in blocks (interleaved)", letter: "I", read: interleaved(false) },
  { words: "in blocks with names (interleaved)", letter: "I", read: interleaved(true) },
];

interface Reading {
  words: string;
  records: SequenceRecord[];
}

/**
 * PHYLIP: a line with the numbers of taxa and of sites, then the sequences, one after another (sequential) or in blocks of one line per taxon
 * (interleaved). The format does not say which, unless the letter I or S follows the numbers, nor where names end: at the first blank
 * (relaxed), after ten characters (strict), or at two blanks (PAML). A reading fits if every taxon has exactly the announced number of sites.
 * If none fits, the error is that of the reading that consumed most letters.
 *
 * @throws WebgfnError `file` if no reading fits, or if two fit and differ.
 */
export function parsePhylip(file: DataFile): SequenceRecord[] {
  const all: Line[] = [];
  for (const line of eachLine(file.text)) if (/\S/.test(line.text)) all.push(line);
  const [first, ...lines] = all;
  const header = headerOf(file, first as Line);
  const readings: Reading[] = [];
  let furthest: { error: DataFault; letters: number } | undefined;
  for (const naming of NAMINGS) {
    for (const layout of LAYOUTS) {
      if (header.said !== "" && header.said !== layout.letter) continue;
      const records: SequenceRecord[] = [];
      try {
        layout.read(file, header, lines, naming, records);
        readings.push({ words: `${layout.words}, with names ${naming.words}`, records });
      } catch (error) {
        if (!(error instanceof DataFault)) throw error;
        const letters = records.reduce((sum, { bases }) => sum + bases.length, 0);
        if (furthest === undefined || letters > furthest.letters) furthest = { error, letters };
      }
    }
  }
  // A reading with a repeated name counts only if all readings have one; it is then refused for that reason.
  const sound = readings.filter(({ records }) => new Set(records.map(({ name }) => name)).size === records.length);
  const [reading, ...others] = sound.length > 0 ? sound : readings;
  if (reading === undefined) throw withCause(file, lines, furthest?.error as DataFault);
  const other = others.find(({ records }) => !isSame(records, reading.records));
  if (other !== undefined) {
    const shown = [reading, other].map(({ words, records }) => {
      const names = records.slice(0, 4).map(({ name }) => quoted(name));
      return `${words}: ${names.join(", ")}`;
    });
    const how = "write S (sequential) or I (interleaved) behind the numbers, or longer names";
    throw fault(file, header.line, `the file can be read in two ways, ${shown.join("; or ")}; ${how}`);
  }
  return reading.records;
}

/** Adds a possible cause to an error if the line begins with a name of two words, which would need two blanks after it. */
function withCause(file: DataFile, lines: readonly Line[], error: DataFault): Error {
  const line = lines.find(({ number }) => number === error.line);
  if (!/^\s*\S+ [a-z.]+ \S/.test(line?.text ?? "")) return error;
  const message = error.message.slice(`${file.name}:${error.line}: `.length);
  return fault(file, error.line, `${message}; a name that holds a blank must have two behind it`);
}

function isSame(a: readonly SequenceRecord[], b: readonly SequenceRecord[]): boolean {
  return a.every(({ name, bases }, n) => name === b[n]?.name && bases.every((mask, site) => mask === b[n]?.bases[site]));
}

function headerOf(file: DataFile, { text, number }: Line): Header {
  const match = /^\s*(\d+)\s+(\d+)(?:\s+(\S.*))?$/.exec(text.trimEnd());
  if (match === null) throw fault(file, number, `expected the numbers of taxa and of sites, found ${quoted(text.trim())}`);
  const taxa = Number(match[1]);
  if (taxa < FEWEST_TAXA || taxa > MOST_TAXA) throw fault(file, number, `expected ${FEWEST_TAXA} to ${MOST_TAXA} taxa, found ${taxa}`);
  const said = (match[3] ?? "").toUpperCase();
  if (!/^[IS]?$/.test(said)) {
    const meaning = "I (interleaved) or S (sequential) or nothing behind the numbers";
    throw fault(file, number, `expected ${meaning}, found ${quoted(said)}; other options (partitions, weights, codons) are not read`);
  }
  return { taxa, sites: Number(match[2]), line: number, said };
}

function sequential(file: DataFile, header: Header, lines: readonly Line[], naming: Naming, records: SequenceRecord[]): void {
  for (const line of lines) {
    const current = records.at(-1);
    if (current !== undefined && current.bases.length < header.sites) append(file, header, current, line, 0);
    else start(file, header, records, line, naming);
  }
  checkComplete(file, header, records, lines.at(-1)?.number ?? header.line);
}

/** @param named whether the lines of every block begin with the names, rather than only those of the first. */
function interleaved(named: boolean): Layout["read"] {
  return (file, header, lines, naming, records) => {
    lines.forEach((line, index) => {
      if (index < header.taxa) {
        start(file, header, records, line, naming);
      } else {
        const record = records[index % header.taxa] as SequenceRecord;
        const { name, rest } = naming.split(line.text);
        if (named && name !== record.name)
          throw fault(file, line.number, `expected the name ${quoted(record.name)}, found ${quoted(name)}`);
        append(file, header, record, line, named ? rest : 0);
      }
      const inBlock = (records[0] as SequenceRecord).bases.length;
      const found = (records[index % header.taxa] as SequenceRecord).bases.length;
      if (found !== inBlock)
        throw fault(file, line.number, `expected ${inBlock} sites up to this block, as in its first line, found ${found}`);
    });
    if (named && lines.length <= header.taxa) throw fault(file, header.line, "expected a second block with names, found none");
    checkComplete(file, header, records, lines.at(-1)?.number ?? header.line);
  };
}

function start(file: DataFile, header: Header, records: SequenceRecord[], line: Line, naming: Naming): void {
  if (records.length === header.taxa) {
    const expected = `expected the end after ${header.taxa} taxa of ${header.sites} sites`;
    throw fault(file, line.number, `${expected}, found ${quoted(line.text.trim())}`);
  }
  const { name, rest } = naming.split(line.text);
  if (name === "") throw fault(file, line.number, "expected a taxon's name, found blanks");
  checkName(file, line.number, name);
  const record: SequenceRecord = { name, line: line.number, bases: [] };
  records.push(record);
  append(file, header, record, line, rest);
}

function append(file: DataFile, { sites }: Header, record: SequenceRecord, line: Line, from: number): void {
  addLetters(file, record, line, from, {
    most: Math.min(sites, MOST_SITES),
    words: sites > MOST_SITES ? `1 to ${MOST_SITES}` : String(sites),
  });
}

function checkComplete(file: DataFile, { taxa, sites, line }: Header, records: readonly SequenceRecord[], last: number): void {
  if (records.length !== taxa) throw fault(file, last, `expected ${taxa} taxa as in line ${line}, found ${records.length}`);
  const short = records.find(({ bases }) => bases.length !== sites);
  if (short !== undefined) throw fault(file, last, `expected ${sites} sites in ${quoted(short.name)}, found ${short.bases.length}`);
}
