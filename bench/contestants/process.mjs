// A contestant in a process of its own: opens one, and answers the referee's questions. A crash ends nothing else.
// Arguments: `webgfn`, or a library and its backend, as in `jax-js wasm`.
import { counters, countWebGpu } from "./counters.mjs";
import { provideNavigator } from "./navigator.mjs";

const [library, backend] = process.argv.slice(2);
let contestant;

/** Runs blocks of at most `largest` steps until the time is up; the device is waited for after each. */
async function run(milliseconds, largest = 1000) {
  const before = { ...counters };
  const start = performance.now();
  let steps = 0;
  let elapsed = 0;
  for (let block = 1; steps === 0 || elapsed < milliseconds; ) {
    await contestant.steps(block);
    steps += block;
    elapsed = performance.now() - start;
    // As many as should fill the time that is left, in two or three blocks.
    block = Math.max(1, Math.min(largest, Math.floor(((milliseconds - elapsed) / elapsed) * steps * 0.5)));
  }
  const perStep = (name) => (counters[name] - before[name]) / steps;
  return {
    steps,
    seconds: elapsed / 1000,
    dispatches: perStep("dispatches"),
    submits: perStep("submits"),
    bindGroups: perStep("bindGroups"),
    bytesRead: perStep("bytesRead"),
  };
}

const answers = {
  async open(work, start) {
    countWebGpu();
    if (backend !== undefined) provideNavigator();
    const { open } = await import(`./${library}.mjs`);
    const began = performance.now();
    contestant = await open(work, start, backend);
    return { compileSeconds: (performance.now() - began) / 1000, adapter: contestant.adapter };
  },
  firstBatch: () => contestant.firstBatch(),
  replay: (...args) => contestant.replay(...args),
  run,
  profile: () => contestant.profile(),
  sizes: () => contestant.sizes(),
  limits: () => contestant.limits(),
  memory: () => ({ residentBytes: process.resourceUsage().maxRSS * 1024, bufferBytes: counters.peakBufferBytes }),
};

process.on("message", async ({ question, args }) => {
  try {
    process.send({ answer: await answers[question](...args) });
  } catch (error) {
    process.send({ error: error instanceof Error ? error.message : String(error) });
  }
});
// The referee is gone.
process.on("disconnect", () => process.exit(1));
