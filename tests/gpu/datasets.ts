import type { DataFile } from "@webgfn/envs";
import { inBrowser } from "./device.js";

/** Real alignments are not ours to ship: they are tested where they lie beside the repository, which pages cannot read. */
const files = inBrowser ? undefined : await import("node:fs");
const datasetFile = (name: string) => new URL(`../../../shared/data/${name}.json`, import.meta.url);
export const HAVE_DATASETS = files?.existsSync(datasetFile("DS1")) ?? false;

/** A real alignment as FASTA. */
export function dataset(name: string): DataFile {
  const sequences = JSON.parse(files?.readFileSync(datasetFile(name), "utf8") ?? "{}") as Record<string, string>;
  return {
    name: `${name}.fasta`,
    text: Object.entries(sequences)
      .map(([taxon, letters]) => `>${taxon}\n${letters}\n`)
      .join(""),
  };
}
