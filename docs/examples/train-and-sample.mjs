// Trains on sets until the policy samples in proportion to R, and compares what it samples with the exact target.
// node train-and-sample.mjs [STEPS]
import { mlp, openDevice, renyi, Sampler, sets, Trainer } from "webgfn";

const steps = Number(process.argv[2] ?? 200);
const device = await openDevice();
const environment = sets({ items: 10, size: 5 });
const policy = mlp({ hidden: [16, 16] });
const options = { environment, policy, objective: renyi({ alpha: 0.5 }), batchSize: 64, steps, learningRate: 1e-2 };
const trainer = await Trainer.create(device, options);
for await (const { step, l1 } of trainer.run({ evaluateEvery: Math.ceil(steps / 4) })) console.log(`step ${step}  L1 ${l1?.toFixed(3)}`);

// Every sample says its reward: its mean under the target is known exactly, too.
const [weights = []] = await trainer.weights();
const sampler = await Sampler.create(device, { environment, policy, weights, seed: 1 });
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const samples = await sampler.sample(20_000);
const exact = environment.exactSampling.value?.(20_000, 1) ?? new Uint32Array();
const words = environment.stateWords;
const scores = environment.data;
const logReward = ({ items }) => items.reduce((sum, item) => sum + scores[item], 0);
const targets = Array.from({ length: 20_000 }, (_, n) => logReward(environment.decode(exact.subarray(n * words, (n + 1) * words))));
console.log(`mean log R  policy ${mean(samples.map((sample) => sample.logReward)).toFixed(3)}  target ${mean(targets).toFixed(3)}`);
console.log(samples.slice(0, 3).map(({ object }) => object.items.join(" ")));
device.dispose();
