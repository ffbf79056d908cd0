// How much longer a training step takes with a reward of one's own, as JSON: `node bench/rewards.mjs [ENV] [BATCH]`. Beside the environment's
// own reward stand an MLP of two layers of 64 units, on sequences also a convolutional network, and a function on the host that returns at
// once. All of them take turns in one process, so that what else the machine does meets each. Medians are reported, of milliseconds and of
// the process's CPU time, and the fastest turn, which says most where other processes want the cores, too.
import { hostReward, makeEnvironment, networkReward, openDevice, renyi, Trainer, withReward } from "webgfn";
import { median } from "./statistics.mjs";

const [name = "sets", batch = "128"] = process.argv.slice(2);
const TURNS = 200;
const TURN_MILLISECONDS = 60;

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

/** Milliseconds, and milliseconds of CPU time, of `steps` steps each. */
async function timed(trainer, steps) {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await trainer.train(steps);
  const milliseconds = (performance.now() - start) / steps;
  const { user, system } = process.cpuUsage(cpu);
  return { milliseconds, cpu: (user + system) / 1000 / steps };
}

const device = await openDevice();
const contestants = [];
for (const [reward, given] of Object.entries({ own: undefined, ...rewards })) {
  const environment = given === undefined ? own : withReward(own, { reward: given });
  const options = { environment, objective: renyi(), batchSize: Number(batch), steps: 1e6, learningRate: 0 };
  const start = performance.now();
  const trainer = await Trainer.create(device, options);
  await trainer.train(5);
  const firstSeconds = (performance.now() - start) / 1000;
  const { milliseconds } = await timed(trainer, 10);
  contestants.push({ reward, trainer, steps: Math.max(4, Math.round(TURN_MILLISECONDS / milliseconds)), firstSeconds, turns: [] });
}
for (let turn = 0; turn < TURNS; turn++) {
  for (const { trainer, steps, turns } of contestants) turns.push(await timed(trainer, steps));
}
const base = contestants[0].turns;
const middle = (turns, key) => median(turns.map((turn) => turn[key]));
const beside = (turns, key) => median(turns.map((turn, n) => turn[key] / base[n][key]));
console.log(
  JSON.stringify(
    {
      environment: own.title,
      batchSize: Number(batch),
      rewards: contestants.map(({ reward, firstSeconds, turns }) => ({
        reward,
        milliseconds: middle(turns, "milliseconds"),
        fastestMilliseconds: Math.min(...turns.map((turn) => turn.milliseconds)),
        cpuMilliseconds: middle(turns, "cpu"),
        // Of each turn beside the own reward's of the same turn.
        times: beside(turns, "milliseconds"),
        cpuTimes: beside(turns, "cpu"),
        firstSeconds,
      })),
      adapter: device.adapter,
    },
    null,
    2,
  ),
);
device.dispose();
