// What the adapter can do at most: fused multiply-adds and copies, beside which the kernels' rates are reported.
import { readFileSync } from "node:fs";
import { openDevice, Program } from "@webgfn/tensor";

const LANES = 64;
const CHAINS = 16;
const REPETITIONS = 7;

const source = (name) => ({
  root: name,
  modules: { [name]: readFileSync(new URL(`../hardware/${name}.wgsl`, import.meta.url), "utf8") },
  constants: { LANES },
});

/** Seconds of the fastest of several runs, after one that compiles. */
async function fastest(program, times) {
  const { device } = program;
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition <= REPETITIONS; repetition++) {
    const start = performance.now();
    await program.run(times);
    await device.idle();
    if (repetition > 0) best = Math.min(best, (performance.now() - start) / 1000 / times);
  }
  return best;
}

/** Long enough that nothing else counts, short enough for every driver's watchdog. */
const SECONDS = 0.02;

async function multiplyAdd(device) {
  const groups = device.isSoftware ? 256 : 8192;
  const rounds = device.tensorFrom(Uint32Array.of(0));
  const results = device.tensor([groups * LANES, 4]);
  const program = new Program(device, "multiply-add").add(await device.kernel(source("multiply_add")), { rounds, results }, [groups]);
  let count = 64;
  let seconds = 0;
  while (seconds < SECONDS) {
    count *= 4;
    rounds.write(Uint32Array.of(count));
    seconds = await fastest(program, 1);
  }
  return (2 * 4 * CHAINS * count * groups * LANES) / seconds;
}

async function copy(device) {
  const bytes = Math.min(device.limits.maxStorageBufferBindingSize, device.isSoftware ? 2 ** 26 : 2 ** 28);
  const [from, to] = [device.tensor([bytes / 4]), device.tensor([bytes / 4])];
  const groups = bytes / 16 / LANES;
  const rows = Math.ceil(groups / device.limits.maxComputeWorkgroupsPerDimension);
  const program = new Program(device, "copy").add(await device.kernel(source("copy")), { source: from, destination: to }, [
    Math.ceil(groups / rows),
    rows,
  ]);
  return (2 * bytes) / (await fastest(program, 4));
}

export async function open() {
  const device = await openDevice();
  return {
    adapter: device.adapter,
    /** FLOP/s of fused multiply-adds (each counts as two), and bytes/s of a copy (read and written). */
    limits: async () => ({ flopsPerSecond: await multiplyAdd(device), bytesPerSecond: await copy(device) }),
  };
}
