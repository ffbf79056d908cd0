import { mlp, openDevice, sets, Trainer } from "webgfn";
import { jensenShannon } from "./jensen-shannon.mjs";

const device = await openDevice();
const environment = sets({ items: 10, size: 5 });
const trainer = await Trainer.create(device, {
  environment,
  policy: mlp({ hidden: [16, 16] }),
  objective: jensenShannon.with({ logZ: environment.exactLogZ.value }),
  batchSize: 64,
  steps: 400,
  learningRate: 1e-2,
});

for await (const { step, l1, replicas } of trainer.run({ evaluateEvery: 100 })) {
  console.log(`step ${step}  loss ${replicas[0]?.loss.toFixed(4)}  L1 ${l1?.toFixed(3)}  log Z ${replicas[0]?.logZ.toFixed(3)}`);
}
device.dispose();
