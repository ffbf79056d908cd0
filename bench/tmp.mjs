import { environment, objective, openDevice, Trainer, gin } from "webgfn";
const device = await openDevice();
const trainer = await Trainer.create(device, { environment: environment("phylogenetics", { species: 7 }), policy: gin(), objective: objective("renyi"), batchSize: 64, steps: 2000, replicas: 1 });
for await (const p of trainer.run({ evaluateEvery: 500 })) console.log(p.step, p.l1, p.seconds);
device.dispose();
