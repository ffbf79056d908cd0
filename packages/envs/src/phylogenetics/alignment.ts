import { WebgfnError } from "@webgfn/tensor";
import { contentOf, type DataFile, fault, linesOf, quoted } from "../data-file.js";
import { parseFasta } from "./fasta.js";
import { parseNexus } from "./nexus.js";
import { parsePhylip } from "./phylip.js";
import { FEWEST_TAXA, MOST_SITES, MOST_TAXA, type SequenceRecord } from "./sequence-record.js";

/** Sequences of one length, one per taxon. */
export interface Alignment {
  names: readonly string[];
  /** [taxon][site]: bases as bits, see `nucleotides.ts`. */
  sequences: readonly Uint8Array[];
}

/**
 * Reads an alignment of nucleotides in FASTA, NEXUS or PHYLIP format, told apart by how the text begins.
 *
 * @throws WebgfnError `file` with the file, the line and what was expected there.
 */
export function parseAlignment(file: DataFile): Alignment {
  const text = contentOf(file, "an alignment in FASTA, NEXUS or PHYLIP format");
  return checked(file, parserOf(file, text, text.search(/\S/))({ name: file.name, text }));
}

function parserOf(file: DataFile, text: string, start: number): (file: DataFile) => SequenceRecord[] {
  const head = text.slice(start, start + 200);
  if (head.startsWith(">")) return parseFasta;
  if (/^#nexus\b/i.test(head)) return parseNexus;
  if (/^\d+\s+\d+/.test(head)) return parsePhylip;
  const line = linesOf(text.slice(0, start)).length;
  throw fault(
    file,
    line,
    `expected FASTA (">" and a name), NEXUS ("#NEXUS") or PHYLIP (numbers of taxa and sites), found ${quoted(linesOf(head)[0] ?? "")}`,
  );
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
    throw new WebgfnError("file", `${file.name}: expected ${FEWEST_TAXA} to ${MOST_TAXA} taxa, found ${records.length}`);
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
