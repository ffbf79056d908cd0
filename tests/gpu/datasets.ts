import { existsSync, readFileSync } from "node:fs";
import type { DataFile } from "@webgfn/envs";

/** Real alignments are not ours to ship: they are tested where they lie beside the repository. */
const datasetFile = (name: string) => new URL(`../../../shared/data/${name}.json`, import.meta.url);
export const HAVE_DATASETS = existsSync(datasetFile("DS1"));

/** A real alignment as FASTA. */
export function dataset(name: string): DataFile {
  const sequences = JSON.parse(readFileSync(datasetFile(name), "utf8")) as Record<string, string>;
  return {
    name: `${name}.fasta`,
    text: Object.entries(sequences)
      .map(([taxon, letters]) => `>${taxon}\n${letters}\n`)
      .join(""),
  };
}
