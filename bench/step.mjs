// Time of each kernel of a training step on the adapter at hand, as JSON: `node bench/step.mjs [ENV] [OBJECTIVE] [REPLICAS]`.
// Each kernel's time is the median of several timestamped steps, after a warm-up; where the adapter has no timestamps, only
// the whole step is timed.
import { makeEnvironment, makeObjective, openDevice, Trainer } from "webgfn";
import { median } from "./statistics.mjs";

const [name = "sets", goal = "renyi", replicas = "1"] = process.argv.slice(2);
const STEPS = 25;
const REPETITIONS = 9;

const device = await openDevice();
const trainer = await Trainer.create(device, {
  environment: makeEnvironment(name),
  objective: makeObjective(goal),
  replicas: Number(replicas),
});
await trainer.train(STEPS);

const perStep = [];
const profiles = [];
for (let repetition = 0; repetition < REPETITIONS; repetition++) {
  const start = performance.now();
  await trainer.train(STEPS);
  perStep.push((performance.now() - start) / STEPS);
  profiles.push(await trainer.programs.step.profile());
}
const kernels = profiles[0]?.map(({ kernel }, k) => ({ kernel, milliseconds: median(profiles.map((profile) => profile[k].milliseconds)) }));
const milliseconds = median(perStep);
console.log(
  JSON.stringify(
    {
      environment: name,
      objective: goal,
      replicas: Number(replicas),
      batchSize: trainer.options.batchSize,
      milliseconds,
      trajectoriesPerSecond: (1000 * trainer.options.batchSize * Number(replicas)) / milliseconds,
      dispatches: trainer.programs.step.length,
      kernels,
      adapter: device.adapter,
    },
    null,
    2,
  ),
);
device.dispose();
