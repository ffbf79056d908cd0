// How much longer a training step takes with a reward of one's own, as JSON: `node bench/rewards.mjs [ENV] [BATCH]`. Beside the environment's
// own reward stand an MLP of two layers of 64 units, on sequences also a convolutional network, and a function on the host that returns at
// once. All of them take turns of a second in one process, so that what else the machine does meets each; medians are reported.
import { hostReward, makeEnvironment, networkReward, openDevice, renyi, Trainer, withReward } from "webgfn";
import { median } from "./statistics.mjs";

const [name = "sets", batch = "128"] = process.argv.slice(2);
const TURNS = 15;
const TURN_MILLISECONDS = 1000;

/** Weights that give every object about the same reward, so that all trainings sample alike. */
const weights = (count) => Float32Array.from({ length: count }, (_, n) => 0.1 * Math.sin(n));
const linear = (inputs, outputs) => ({ kind: "linear", inputs, outputs, weight: weights(inputs * outputs), bias: weights(outputs) });
const convolution = (inputs, outputs, kernel) => {
  const sizes = { inputs, outputs, kernel, padding: (kernel - 1) / 2 };
  return { kind: "conv1d", ...sizes, weight: weights(inputs * outputs * kernel), bias: weights(outputs) };
};
const relu = { kind: "relu" };

const own = makeEnvironment(name);
const { features, featureGrid } = own;
const rewards = {
  network: networkReward({ layers: [linear(features, 64), relu, linear(64, 64), relu, linear(64, 1)] }),
  ...(featureGrid && {
    convolutions: networkReward({
      layers: [convolution(featureGrid.channels, 32, 3), relu, convolution(32, 32, 3), relu, { kind: "max-pool" }, linear(32, 1)],
    }),
  }),
  host: hostReward((objects) => new Float32Array(objects.length), { listUpTo: 0 }),
};

const device = await openDevice();
const contestants = [];
for (const [reward, given] of Object.entries({ own: undefined, ...rewards })) {
  const environment = given === undefined ? own : withReward(own, { reward: given });
  const options = { environment, objective: renyi(), batchSize: Number(batch), steps: 1e6, learningRate: 0 };
  const trainer = await Trainer.create(device, options);
  const start = performance.now();
  await trainer.train(5);
  // Steps of a turn, by a second try without the compilation.
  const again = performance.now();
  await trainer.train(5);
  const steps = Math.max(5, Math.round((5 * TURN_MILLISECONDS) / (performance.now() - again)));
  contestants.push({ reward, trainer, steps, firstSeconds: (again - start) / 1000, times: [] });
}
for (let turn = 0; turn < TURNS; turn++) {
  for (const { trainer, steps, times } of contestants) {
    const start = performance.now();
    await trainer.train(steps);
    times.push((performance.now() - start) / steps);
  }
}
const base = contestants[0].times;
console.log(
  JSON.stringify(
    {
      environment: own.title,
      batchSize: Number(batch),
      rewards: contestants.map(({ reward, firstSeconds, times }) => ({
        reward,
        milliseconds: median(times),
        // Of each turn beside the own reward's of the same turn.
        times: median(times.map((time, turn) => time / base[turn])),
        firstSeconds,
      })),
      adapter: device.adapter,
    },
    null,
    2,
  ),
);
device.dispose();
