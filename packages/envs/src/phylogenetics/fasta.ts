import { checkName, type DataFile, eachLine, fault, quoted } from "../data-file.js";
import { addLetters, MOST_SITES, MOST_TAXA, type SequenceRecord, wrongTaxa } from "./sequence-record.js";

const SITES = { most: MOST_SITES, words: `1 to ${MOST_SITES}` };

/**
 * FASTA: a line ">name description" before each sequence, which may be broken over lines. Lines that begin with ";" are comments. A name ends
 * at the first blank. If that repeats a name (">Homo sapiens", ">Homo erectus"), all names are the whole lines.
 */
export function parseFasta(file: DataFile): SequenceRecord[] {
  const records: SequenceRecord[] = [];
  const titles: string[] = [];
  let taxa = 0;
  for (const line of eachLine(file.text)) {
    const { text, number } = line;
    if (text.startsWith(">")) {
      // Beyond the limit, taxa are only counted, for the error.
      if (++taxa > MOST_TAXA) continue;
      const title = text.slice(1).trim();
      if (title === "") throw fault(file, number, 'expected a name after ">", found none');
      records.push({ name: title.split(/\s/, 1)[0] as string, line: number, bases: [] });
      titles.push(title);
    } else if (taxa <= MOST_TAXA && !text.startsWith(";")) {
      const current = records.at(-1);
      if (current !== undefined) addLetters(file, current, line, 0, SITES);
      else if (/\S/.test(text)) throw fault(file, number, `expected ">" and a name, found ${quoted(text.trim())}`);
    }
  }
  if (taxa > MOST_TAXA) throw wrongTaxa(file, taxa);
  nameByTitles(file, records, titles);
  for (const { name, line } of records) checkName(file, line, name);
  return records;
}

/** Takes whole lines as names if first words repeat and each repeated word is followed by more text. */
function nameByTitles(file: DataFile, records: readonly SequenceRecord[], titles: readonly string[]): void {
  const seen = new Map<string, number[]>();
  records.forEach(({ name }, n) => {
    seen.set(name, [...(seen.get(name) ?? []), n]);
  });
  const repeated = [...seen.values()].filter((positions) => positions.length > 1);
  for (const [first = 0, second = 0, ...rest] of repeated) {
    const { name, line } = records[first] as SequenceRecord;
    const again = [first, second, ...rest].some((n) => titles[n] === name);
    const cause = [second, ...rest].every((n) => titles[n] === titles[first]) ? "" : "; names end at the first blank";
    if (again)
      throw fault(file, records[second]?.line ?? line, `expected every taxon once, but ${quoted(name)} is also in line ${line}${cause}`);
  }
  if (repeated.length === 0) return;
  records.forEach((record, n) => {
    record.name = titles[n] as string;
  });
}
