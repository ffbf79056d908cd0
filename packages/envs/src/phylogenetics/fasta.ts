import { type DataFile, fault, linesOf, quoted } from "../data-file.js";
import { basesOf, EXPECTED_LETTER } from "./nucleotides.js";
import type { SequenceRecord } from "./sequence-record.js";

/** FASTA: a line ">name description" before each sequence, which may be broken over lines. Names end at the first blank. */
export function parseFasta(file: DataFile): SequenceRecord[] {
  const records: SequenceRecord[] = [];
  linesOf(file.text).forEach((text, index) => {
    const line = index + 1;
    if (text.startsWith(">")) {
      const name = text.slice(1).trim().split(/\s/)[0] ?? "";
      if (name === "") throw fault(file, line, 'expected a name after ">", found none');
      records.push({ name, line, bases: [] });
      return;
    }
    const current = records.at(-1);
    for (const letter of text) {
      if (/\s/.test(letter)) continue;
      const bases = basesOf(letter);
      if (bases === undefined || current === undefined) throw fault(file, line, `expected ${EXPECTED_LETTER}, found ${quoted(letter)}`);
      current.bases.push(bases);
    }
  });
  return records;
}
