// Trains on the knapsack of knapsack.mjs, and compares what the policy samples with the exact target.
// node train.mjs [STEPS]
import { hostReward, mlp, openDevice, renyi, Sampler, sets, Trainer } from "webgfn";
import { CAPACITY, knapsack, total, VALUES, WEIGHTS } from "./knapsack.mjs";

const steps = Number(process.argv[2] ?? 1000);
const device = await openDevice();
const environment = sets({ items: VALUES.length, size: 4, reward: hostReward(knapsack) });
const policy = mlp({ hidden: [32, 32] });
const trainer = await Trainer.create(device, {
  environment,
  policy,
  objective: renyi({ alpha: 0.5 }),
  batchSize: 64,
  steps,
  learningRate: 3e-2,
});

// The trainer has listed all sets, so that log Z, the best set and L1 are exact.
console.log(`exact log Z ${trainer.options.environment.exactLogZ.value?.toFixed(3)}`);
for await (const { step, l1 } of trainer.run({ evaluateEvery: Math.ceil(steps / 4) })) console.log(`step ${step}  L1 ${l1?.toFixed(3)}`);

// How often the policy samples each set.
const [weights = []] = await trainer.weights();
const sampler = await Sampler.create(device, { environment, policy, weights, seed: 1 });
const samples = (await sampler.sample(10_000)).map(({ object }) => object.items);
const times = new Map();
for (const items of samples) times.set(items.join(), (times.get(items.join()) ?? 0) + 1);
const tooHeavy = samples.filter((items) => total(items, WEIGHTS) > CAPACITY).length;
console.log(`too heavy: ${((100 * tooHeavy) / samples.length).toFixed(1)} %`);
const [best, count] = [...times].reduce((most, each) => (each[1] > most[1] ? each : most));
const items = best.split(",").map(Number);
const share = ((100 * count) / samples.length).toFixed(1);
console.log(`most often: {${items.join(", ")}}, ${share} %, worth ${total(items, VALUES)}, weight ${total(items, WEIGHTS)}`);
device.dispose();
