// What a GPU's compiler makes of a training step's kernels, without a GPU: `node bench/isa.mjs [--gpu CARD] [--asm DIR] [--json] [WORK…]`, with
// --model also the loops of each kernel and, for the kernels of isa/trips.mjs, the cycles of a model.
//
// Mesa's RADV compiles them for a Radeon that computes nothing (see isa/radeon.mjs): registers, spills, scratch, workgroup memory (LDS), waves,
// instructions. What is real there, too, is the host's own time for a step, because the GPU takes none.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeFile } from "../packages/setup/write-file.mjs";
import { blocksOf, loopsOf } from "./isa/assembly.mjs";
import { cyclesOf, cyclesOfTrip, MACHINES } from "./isa/model.mjs";
import { compileFor, findRadeon, USUAL_CARD } from "./isa/radeon.mjs";
import { trips } from "./isa/trips.mjs";
import { isaWorks } from "./isa/works.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gpu: { type: "string", default: USUAL_CARD },
    asm: { type: "string" },
    json: { type: "boolean", default: false },
    model: { type: "boolean", default: false },
  },
});
const keys = isaWorks.map(({ key }) => key);
const unknown = positionals.find((key) => !keys.includes(key));
if (unknown !== undefined) {
  console.error(`there is no work ${unknown}; there are ${keys.join(", ")}`);
  process.exit(2);
}
const radeon = findRadeon();
if (radeon.missing) {
  console.error(`bench/isa.mjs ${radeon.missing}: apt-get install -t bookworm-backports mesa-vulkan-drivers mesa-drm-shim`);
  process.exit(2);
}

const results = [];
for (const work of isaWorks.filter(({ key }) => positionals.length === 0 || positionals.includes(key))) {
  const { adapter, dispatches, microseconds, compiled } = compileFor(radeon, values.gpu, work, values.model || values.asm !== undefined);
  const kernels = [...new Set(dispatches.map(({ pipeline }) => pipeline))].map((number) => {
    const own = dispatches.filter(({ pipeline }) => pipeline === number);
    const { text, number: _, kernel: __, ...statistics } = compiled.find((pipeline) => pipeline.number === number);
    if (values.asm !== undefined) {
      mkdirSync(values.asm, { recursive: true });
      writeFile(join(values.asm, `${work.key}-${own[0].kernel}-${number}.txt`), text);
    }
    const { kernel, workgroups } = own[0];
    return { kernel, dispatches: own.length, workgroups, ...statistics, ...(values.model && modelled(work.key, kernel, text)) };
  });
  results.push({ work: work.key, adapter: adapter.name, dispatches: dispatches.length, hostMicroseconds: microseconds, kernels });
  if (!values.json) print(results.at(-1));
}
if (values.json) console.log(JSON.stringify(results, null, 2));

/** The loops of a kernel, and its cycles by the model where the loops' trips are known. */
function modelled(key, kernel, text) {
  const blocks = blocksOf(text);
  const loops = loopsOf(blocks);
  const known = trips[key]?.[kernel];
  if (known === undefined || known.loops.length !== loops.length) return { loops };
  const cyclesOn = (machine) =>
    known.timeStep === undefined
      ? cyclesOf(blocks, loops, known.loops, machine)
      : cyclesOfTrip(blocks, loops, known.loops, known.timeStep, machine);
  const cycles = Object.entries(MACHINES).map(([name, machine]) => [name, Math.round(cyclesOn(machine))]);
  return { loops, modelled: { of: known.timeStep === undefined ? "the kernel" : "a time step", cycles: Object.fromEntries(cycles) } };
}

function print({ work, adapter, dispatches, hostMicroseconds, kernels }) {
  console.log(
    `${work} on ${adapter} (${values.gpu}): ${dispatches} dispatches, ${hostMicroseconds.toFixed(1)} µs of the host's time for a step`,
  );
  const headings = ["kernel", "workgroups", "VGPR", "spills", "scratch", "LDS", "waves", "instr.", "VALU", "latency", "1/thr."];
  const rows = kernels.map((kernel) => [
    kernel.dispatches > 1 ? `${kernel.kernel} ×${kernel.dispatches}` : kernel.kernel,
    kernel.workgroups.join("×"),
    kernel.vgprs,
    kernel.spilledVgprs + kernel.spilledSgprs,
    kernel.scratch,
    kernel.lds,
    kernel.waves,
    kernel.instructions,
    kernel.valu,
    kernel.latency,
    kernel.inverseThroughput,
  ]);
  const widths = headings.map((heading, c) => Math.max(heading.length, ...rows.map((row) => String(row[c]).length)));
  for (const row of [headings, ...rows]) {
    console.log(`  ${row.map((cell, c) => (c < 2 ? String(cell).padEnd(widths[c]) : String(cell).padStart(widths[c]))).join("  ")}`);
  }
  for (const { kernel, loops = [], modelled: model } of kernels) {
    if (!values.model) break;
    console.log(`  ${kernel}`);
    for (const { depth, instructions, fused, load, wait } of loops) {
      const perWait = wait > 0 ? `, ${(load / wait).toFixed(1)} a wait` : "";
      console.log(`    ${"  ".repeat(depth)}loop of ${instructions} instructions: ${fused} multiply-adds, ${load} loads${perWait}`);
    }
    if (model === undefined) continue;
    const cycles = Object.entries(model.cycles).map(([name, count]) => `${count} on ${name}`);
    console.log(`    a model's cycles of ${model.of}: ${cycles.join(", ")}`);
  }
}
