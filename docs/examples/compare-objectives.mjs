// Which objective learns a sparse target best? The same policy, batches and seeds for each, and error bars over replicas.
// node compare-objectives.mjs [STEPS [NAME | NAME:ALPHA …]]
import { hypergrid, makeObjective, mlp, openDevice, Trainer } from "webgfn";

const [steps = "1000", ...chosen] = process.argv.slice(2);
const all = ["reverse-kl", "forward-kl", "renyi:0.5", "renyi:-1", "tsallis:0.5", "tb", "vargrad"];

const device = await openDevice();
// The best four of 64 cells are worth 2,501 times as much as the worst.
const environment = hypergrid({ dimensions: 2, side: 8, r0: 1e-3 });
const policy = mlp({ hidden: [32, 32] });

console.log(`${environment.title}, ${steps} steps, exact log Z ${environment.exactLogZ.value?.toFixed(3)}`);
console.log("objective    L1               log Z             seconds");
for (const text of chosen.length > 0 ? chosen : all) {
  const [name = text, alpha] = text.split(":");
  const trainer = await Trainer.create(device, {
    environment,
    policy,
    objective: makeObjective(name, alpha === undefined ? {} : { alpha: Number(alpha) }),
    steps: Number(steps),
    batchSize: 128,
    learningRate: 3e-3,
    seed: 0,
    replicas: 3,
  });
  await trainer.train(Number(steps));
  const { replicas, seconds } = await trainer.evaluate();
  const l1 = meanAndDeviation(replicas.map((replica) => replica.l1));
  const logZ = meanAndDeviation(replicas.map((replica) => replica.logZ));
  console.log(`${text.padEnd(12)} ${l1.padEnd(16)} ${logZ.padEnd(17)} ${seconds.toFixed(1)}`);
  trainer.dispose();
}
device.dispose();

function meanAndDeviation(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${mean.toFixed(4)} ± ${Math.sqrt(variance).toFixed(4)}`;
}
