import { join } from "node:path";
import { drawPictures, finalValuesCsv, readRuns, reportPage } from "@webgfn/report";
import type { Parts } from "@webgfn/runs";
import type { RunFolder } from "@webgfn/runs/node";
import { partsOfRun, tell, unnamedFiles } from "@webgfn/runs/node/internal";
import { ADAPTER_OPTION } from "../adapter-option.js";
import { operand } from "../arguments.js";
import type { Arguments, Command } from "../command.js";
import { print } from "../output.js";
import { STANDARD_OUTPUT, valuesBeside, writePage } from "../output-file.js";
import { namedParts, OWN_FILE_OPTIONS } from "../own-file-options.js";

export const report: Command = {
  name: "report",
  summary: "write one HTML page about runs: curves, final values, pictures of the learned distributions",
  operands: "DIR…",
  mostOperands: Number.POSITIVE_INFINITY,
  options: {
    out: { value: "FILE", text: "the page (default DIR/report.html, or ./report.html for several runs); - is standard output" },
    csv: { value: "FILE", text: "the final values (default: beside the page, with .csv at the end); - is standard output" },
    "no-pictures": { text: "draw no pictures of the target and learned distributions, and open no adapter" },
    ...OWN_FILE_OPTIONS,
    ...ADAPTER_OPTION,
  },
  parameters: [],
  examples: ["report runs/sets", "report runs/* --out comparison.html", "report runs/sets runs/sets-tb --no-pictures"],
  run,
};

async function run(given: Arguments): Promise<number> {
  const first = operand(report, given, "the folder of a run, or several");
  const [page, values] = [given.values.get("out"), given.values.get("csv")];
  const out = page ?? (given.operands.length === 1 ? join(first, "report.html") : "report.html");
  const csv = valuesBeside(out, values);
  const notes: string[] = [];
  const groups = await readRuns(given.operands, notes, partsLoader(given, notes));
  const say = (text: string) => tell(`${text}\n`);
  const pictures = given.switches.has("no-pictures") ? new Map() : await drawPictures(groups, notes, say);
  // Follow a link that the user named, but not one in a run's folder, which may be somebody else's.
  await writePage(out, reportPage(groups, pictures, notes), page !== undefined);
  if (csv !== undefined) await writePage(csv, finalValuesCsv(groups), page !== undefined || values !== undefined);
  for (const note of notes) say(`webgfn: ${note}`);
  const written = `  page    ${out}\n${csv === undefined ? "" : `  values  ${csv}\n`}`;
  if (out === STANDARD_OUTPUT || csv === STANDARD_OUTPUT) tell(written);
  else await print(written);
  return 0;
}

/** Loads the user's files that the options name. A run with files that are not named gets no pictures and no exact log Z. */
function partsLoader(given: Arguments, notes: string[]): (folder: RunFolder) => Promise<Parts | undefined> {
  const named = namedParts(given);
  return async ({ path, configuration }) => {
    const run = {
      where: path,
      configuration,
      roles: ["environment", "policy", "reward"] as const,
      words: ["report", ...given.operands],
      acceptsChanges: given.switches.has("accept-changed-files"),
    };
    const unnamed = unnamedFiles(run, named);
    if (unnamed === undefined) return (await partsOfRun(run, named)).parts;
    notes.push(`There are no pictures of ${path}, and no exact log Z: ${unnamed.message}; ${unnamed.fix}.`);
    return undefined;
  };
}
