import { basename, join, resolve } from "node:path";
import { readSweep, sweepCsv, sweepPage, sweepResult } from "@webgfn/report/internal";
import { line } from "@webgfn/runs/internal";
import { tell } from "@webgfn/runs/node/internal";
import { readPlan, sweepStatus } from "@webgfn/sweeps";
import { folderOf } from "@webgfn/sweeps/internal";
import { argumentError } from "@webgfn/tensor/internal";
import { operand } from "../../arguments.js";
import type { Arguments, Command } from "../../command.js";
import { print } from "../../output.js";
import { STANDARD_OUTPUT, valuesBeside, writePage } from "../../output-file.js";

/** Most notes that are said. */
const SAID = 20;

export const sweepReport: Command = {
  name: "sweep report",
  summary: "write one HTML page about a sweep: best settings, curves, each setting, a table of all; from its folders alone",
  operands: "DIR",
  mostOperands: 1,
  options: {
    out: { value: "FILE", text: "the page (default DIR/report.html); - is standard output" },
    csv: { value: "FILE", text: "a line for each seed (default: beside the page, with .csv at the end); - is standard output" },
    json: { text: "print the best settings and all others as one JSON object" },
  },
  parameters: [],
  examples: ["sweep report sweeps/grid", "sweep report sweeps/grid --out grid.html --csv grid.csv"],
  run,
};

async function run(given: Arguments): Promise<number> {
  const folder = operand(sweepReport, given, "the folder of a sweep");
  const [page, values] = [given.values.get("out"), given.values.get("csv")];
  const out = page ?? join(folder, "report.html");
  const csv = valuesBeside(out, values);
  for (const path of [out, csv]) {
    if (path !== undefined && resolve(path) === resolve(folder, "sweep.json"))
      throw argumentError(`${path} is the sweep's plan`, "name another file");
  }
  const isJson = given.switches.has("json");
  const onOutput = out === STANDARD_OUTPUT || csv === STANDARD_OUTPUT;
  if (isJson && onOutput) throw argumentError("--json prints to standard output, and so does -", "name a file instead of -");
  const { runs } = readPlan(folder);
  const placed = sweepStatus(folder, runs).runs.map((each) => ({ ...each, folder: folderOf(folder, each) }));
  const sweep = readSweep(placed);
  // Follow a link that the user named, but not one in a sweep's folder, which may be somebody else's.
  await writePage(out, sweepPage(sweep, basename(resolve(folder)), new Date()), page !== undefined);
  if (csv !== undefined) await writePage(csv, sweepCsv(sweep), page !== undefined || values !== undefined);
  if (isJson) {
    await print(line({ folder, page: out, csv, ...sweepResult(sweep) }));
    return 0;
  }
  for (const note of sweep.notes.slice(0, SAID)) tell(`webgfn: ${note}\n`);
  if (sweep.notes.length > SAID) tell(`webgfn: … and ${sweep.notes.length - SAID} more notes; the page and --json have them\n`);
  const written = `  page    ${out}\n${csv === undefined ? "" : `  values  ${csv}\n`}`;
  if (onOutput) tell(written);
  else await print(written);
  return 0;
}
