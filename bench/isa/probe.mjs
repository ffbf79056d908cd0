// Compiles the kernels of one work's training step on the adapter at hand, for each of its objectives, and replays the step. Before each
// pipeline it writes `### pipeline N` to standard error, where the driver's words about it follow. It prints JSON: the dispatches with the
// numbers of their pipelines, those of the first objective's step first, and the microseconds of that step. On a device that computes nothing
// these are the host's own.
import { Program } from "@webgfn/tensor";
import { gin, makeEnvironment, makeObjective, mlp, openDevice, Trainer } from "webgfn";

const REPLAYS = 2000;
const { environment: name, parameters, batch, hidden, path, backward, objectives = ["renyi"] } = JSON.parse(process.argv[2]);
process.env.XDG_RUNTIME_DIR ??= "/tmp";

const device = await openDevice();
const numbers = new Map();
const make = device.gpu.createComputePipelineAsync.bind(device.gpu);
// One pipeline after the other, so that what the driver writes belongs to the last one that was named.
let turn = Promise.resolve();
device.gpu.createComputePipelineAsync = (descriptor) => {
  turn = turn.then(async () => {
    const number = numbers.size;
    process.stderr.write(`### pipeline ${number} ${descriptor.label}\n`);
    const pipeline = await make(descriptor);
    numbers.set(pipeline, number);
    return pipeline;
  });
  return turn;
};
const recorded = new Map();
const { add, append } = Program.prototype;
const dispatchesOf = (program) => recorded.get(program) ?? recorded.set(program, []).get(program);
Program.prototype.add = function (kernel, resources, workgroups) {
  dispatchesOf(this).push({ kernel: kernel.name, pipeline: numbers.get(kernel.pipeline), workgroups });
  return add.call(this, kernel, resources, workgroups);
};
Program.prototype.append = function (other) {
  dispatchesOf(this).push(...dispatchesOf(other));
  return append.call(this, other);
};

const environment = makeEnvironment(name, parameters);
const policyOf = name === "phylogenetics" ? gin : mlp;
let dispatches;
let microseconds;
for (const objective of objectives) {
  const trainer = await Trainer.create(device, {
    environment,
    policy: policyOf({ ...(hidden && { hidden }), ...(backward && { backward }) }),
    objective: makeObjective(objective),
    batchSize: batch,
    steps: 1e6,
    ...(path && { path }),
  });
  dispatches ??= dispatchesOf(trainer.programs.step);
  microseconds ??= await timeOf(trainer.programs.step);
  trainer.dispose();
}
process.stdout.write(`${JSON.stringify({ adapter: device.adapter, dispatches, microseconds })}\n`, () => process.exit(0));

/** Microseconds of a replay. */
async function timeOf(program) {
  await program.run(100);
  await device.idle();
  const start = performance.now();
  await program.run(REPLAYS);
  await device.idle();
  return (1000 * (performance.now() - start)) / REPLAYS;
}
