import { hostReward, hypergrid, makeObjective, mlp, openDevice, Trainer } from "webgfn";

const device = await openDevice();
const trainer = await Trainer.create(device, {
  environment: hypergrid({
    side: 4,
    reward: hostReward((objects) =>
      objects.map(
        ({ coordinates }) =>
          -Math.abs((coordinates[0] ?? 0) - 2), // the middle
      ),
    ),
    beta: 2,
  }),
  objective: makeObjective("reverse-kl", {}),
  policy: mlp({ hidden: [8, 8] }),
  batchSize: 16,
  steps: 3,
  learningRate: 0.003,
  decayPower: 0,
  logZDecayPower: 0,
  seed: 5,
});
await trainer.train(3);
console.log(JSON.stringify(await trainer.evaluate()));
device.dispose();
