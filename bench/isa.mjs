// What a GPU's compiler makes of a training step's kernels, without a GPU: `node bench/isa.mjs [--gpu CARD] [--asm DIR] [--json] [WORK…]`.
//
// Mesa's RADV compiles them for a Radeon that computes nothing (see isa/radeon.mjs): registers, spills, scratch, workgroup memory (LDS), waves,
// instructions. What is real there, too, is the host's own time for a step, because the GPU takes none.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compileFor, findRadeon, USUAL_CARD } from "./isa/radeon.mjs";
import { isaWorks } from "./isa/works.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { gpu: { type: "string", default: USUAL_CARD }, asm: { type: "string" }, json: { type: "boolean", default: false } },
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
  const { adapter, dispatches, microseconds, compiled } = compileFor(radeon, values.gpu, work, values.asm !== undefined);
  const kernels = [...new Set(dispatches.map(({ pipeline }) => pipeline))].map((number) => {
    const own = dispatches.filter(({ pipeline }) => pipeline === number);
    const { text, number: _, kernel: __, ...statistics } = compiled.find((pipeline) => pipeline.number === number);
    if (values.asm !== undefined) {
      mkdirSync(values.asm, { recursive: true });
      writeFileSync(join(values.asm, `${work.key}-${own[0].kernel}-${number}.txt`), text);
    }
    return { kernel: own[0].kernel, dispatches: own.length, workgroups: own[0].workgroups, ...statistics };
  });
  results.push({ work: work.key, adapter: adapter.name, dispatches: dispatches.length, hostMicroseconds: microseconds, kernels });
  if (!values.json) print(results.at(-1));
}
if (values.json) console.log(JSON.stringify(results, null, 2));

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
}
