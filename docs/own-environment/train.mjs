import { mlp, openDevice, renyi, Sampler, Trainer } from "webgfn";
import { ising } from "./ising.mjs";

const device = await openDevice();
const environment = ising();
const policy = mlp({ hidden: [32, 32] });
const trainer = await Trainer.create(device, {
  environment,
  policy,
  objective: renyi({ alpha: 0.5 }),
  batchSize: 128,
  steps: 500,
  learningRate: 1e-2,
});

console.log(`exact log Z ${environment.exactLogZ.value?.toFixed(3)}`);
for await (const { step, l1, replicas } of trainer.run({ evaluateEvery: 100 })) {
  console.log(`step ${step}  L1 ${l1?.toFixed(3)}  log Z ${replicas[0]?.logZ.toFixed(3)}`);
}

const [weights = []] = await trainer.weights();
const sampler = await Sampler.create(device, { environment, policy, weights });
for (const { object, logReward } of await sampler.sample(3)) console.log(object.spins.join(" "), logReward.toFixed(3));
device.dispose();
