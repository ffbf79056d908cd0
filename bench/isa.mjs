// What a GPU's compiler makes of a training step's kernels, without a GPU: `node bench/isa.mjs [--gpu CARD] [--asm DIR] [--json] [WORK…]`, with
// --model also the loops of each kernel and, for the kernels of isa/trips.mjs, the cycles of a model, and the microseconds of a step.
//
// Mesa's RADV compiles them for a Radeon that computes nothing (see isa/radeon.mjs): registers, spills, scratch, workgroup memory (LDS), waves,
// instructions. What is real there, too, is the host's own time for a step, because the GPU takes none.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeFile } from "../packages/setup/write-file.mjs";
import { blocksOf, loopsOf } from "./isa/assembly.mjs";
import { cyclesOf, cyclesOfPhases, cyclesOfTrip, LAUNCH, MACHINES } from "./isa/model.mjs";
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
  const step = stepOf(kernels);
  results.push({
    work: work.key,
    adapter: adapter.name,
    dispatches: dispatches.length,
    hostMicroseconds: microseconds,
    kernels,
    ...(step !== undefined && { modelledMicroseconds: step }),
  });
  if (!values.json) print(results.at(-1));
}
if (values.json) console.log(JSON.stringify(results, null, 2));

/** The loops of a kernel, and by machine its cycles, where the loops' trips are known. */
function modelled(key, kernel, text) {
  const blocks = blocksOf(text);
  const loops = loopsOf(blocks);
  const known = trips[key]?.[kernel];
  if (known === undefined || known.loops.length !== loops.length) return { loops };
  const on = (cycles) => Object.fromEntries(Object.entries(MACHINES).map(([name, machine]) => [name, Math.round(cycles(machine))]));
  const { loops: counts, timeStep, phases } = known;
  return {
    loops,
    cycles: on((machine) =>
      phases === undefined ? cyclesOf(blocks, loops, counts, machine) : cyclesOfPhases(blocks, loops, known, machine),
    ),
    ...(timeStep !== undefined && { timeStep: on((machine) => cyclesOfTrip(blocks, loops, counts, timeStep, machine)) }),
  };
}

/** Microseconds of a step by machine, where the cycles of all kernels are known. */
function stepOf(kernels) {
  if (kernels.some(({ cycles }) => cycles === undefined)) return undefined;
  const onOne = ([name, { clock }]) => [
    name,
    kernels.reduce((sum, { cycles, dispatches }) => sum + dispatches * (cycles[name] / clock + LAUNCH), 0),
  ];
  return Object.fromEntries(Object.entries(MACHINES).map(onOne));
}

function print({ work, adapter, dispatches, hostMicroseconds, kernels, modelledMicroseconds }) {
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
  for (const { kernel, loops = [], cycles, timeStep } of kernels) {
    if (!values.model) break;
    console.log(`  ${kernel}`);
    for (const { depth, instructions, fused, load, wait } of loops) {
      const perWait = wait > 0 ? `, ${(load / wait).toFixed(1)} a wait` : "";
      console.log(`    ${"  ".repeat(depth)}loop of ${instructions} instructions: ${fused} multiply-adds, ${load} loads${perWait}`);
    }
    if (timeStep !== undefined) console.log(`    a model's cycles of a time step: ${byMachine(timeStep)}`);
    if (cycles !== undefined) console.log(`    a model's cycles of the kernel: ${byMachine(cycles)}`);
  }
  if (modelledMicroseconds !== undefined) {
    console.log(`  a model's microseconds of a step, ${LAUNCH} of them for each dispatch: ${byMachine(modelledMicroseconds)}`);
  }
}

function byMachine(numbers) {
  return Object.entries(numbers)
    .map(([name, number]) => `${Math.round(number)} on ${name}`)
    .join(", ");
}
