import { contentOf, type DataFile, eachLine, fault, positionOf, quoted } from "../data-file.js";
import { parseFasta } from "./fasta.js";
import { isNexus, parseNexus } from "./nexus.js";
import { parsePhylip } from "./phylip.js";
import { FEWEST_TAXA, MOST_SITES, MOST_TAXA, type SequenceRecord, wrongTaxa } from "./sequence-record.js";

/** Sequences of one length, one per taxon. */
export interface Alignment {
  /** Names of the taxa. */
  names: readonly string[];
  /** [taxon][site]: bases as bits, see `nucleotides.ts`. */
  sequences: readonly Uint8Array[];
}

/**
 * Reads an alignment of nucleotides in FASTA, NEXUS or PHYLIP format. The beginning of the text determines the format.
 *
 * @throws WebgfnError `file` with the line, the column, what was expected, what was found and a possible reason; also if the file can be read
 *   in two ways.
 */
export function parseAlignment(file: DataFile): Alignment {
  const content = { name: file.name, text: contentOf(file, "an alignment in FASTA, NEXUS or PHYLIP format") };
  return checked(file, parserOf(content)(content));
}

function parserOf(file: DataFile): (file: DataFile) => SequenceRecord[] {
  const start = file.text.search(/\S/);
  const head = file.text.slice(start, start + 200);
  if (/^[>;]/.test(head)) return parseFasta;
  if (/^[#[]/.test(head) && isNexus(file)) return parseNexus;
  if (/^\d+\s+\d+/.test(head)) return parsePhylip;
  const expected = 'expected FASTA (">" and a name), NEXUS ("#NEXUS") or PHYLIP (numbers of taxa and sites)';
  throw fault(file, positionOf(file.text, start).line, `${expected}, found ${quoted([...eachLine(head)][0]?.text ?? "")}`);
}

function checked(file: DataFile, records: readonly SequenceRecord[]): Alignment {
  const lines = new Map<string, number>();
  for (const { name, line } of records) {
    const before = lines.get(name);
    if (before !== undefined) throw fault(file, line, `expected every taxon once, but ${quoted(name)} is also in line ${before}`);
    lines.set(name, line);
  }
  const [first] = records;
  if (first === undefined || records.length < FEWEST_TAXA || records.length > MOST_TAXA) {
    throw wrongTaxa(file, records.length);
  }
  const sites = first.bases.length;
  if (sites < 1 || sites > MOST_SITES) {
    throw fault(file, first.line, `expected 1 to ${MOST_SITES} sites in ${quoted(first.name)}, found ${sites}`);
  }
  for (const { name, line, bases } of records) {
    if (bases.length !== sites) {
      throw fault(file, line, `expected ${sites} sites in ${quoted(name)}, as in ${quoted(first.name)}, found ${bases.length}`);
    }
  }
  return { names: records.map(({ name }) => name), sequences: records.map(({ bases }) => Uint8Array.from(bases)) };
}
