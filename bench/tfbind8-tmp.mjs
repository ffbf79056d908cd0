import { readFileSync } from "node:fs";
import { fullEvaluation, makeObjective, mlp, openDevice, sequences, tableReward, Trainer } from "webgfn";
const values = new Float32Array(new Uint8Array(readFileSync("/work/shared/data/tfbind8_y_f32.bin")).buffer);
const objects = Array.from({ length: 65536 }, (_, n) => ({ symbols: Array.from({ length: 8 }, (_, i) => (n >> (2 * (7 - i))) & 3) }));
const t = performance.now();
const reward = tableReward({ objects, values }, { scale: "linear", divideByLargest: true, exponent: 3, factor: 10, floor: 1e-3 });
const environment = sequences({ symbols: 4, length: 8, minLength: 8, reward });
console.log("table ms", performance.now() - t);
const device = await openDevice();
for (const [o, lr, hidden, est] of [["renyi", 5e-3, [256, 256], "balance"], ["vargrad", 5e-3, [256, 256]], ["tb", 5e-3, [256,256]]]) {
  const trainer = await Trainer.create(device, { environment, policy: mlp({ hidden }), objective: makeObjective(o), ...(est && { estimator: est }), batchSize: 64, steps: 3000, learningRate: lr, ...(o === "tb" && { logZInitial: 11 }) });
  const s = performance.now();
  await trainer.train(3000);
  const e = await trainer.evaluate();
  console.log(o, lr, hidden.join(), "L1", e.l1, "s", (performance.now() - s) / 1000);
  trainer.dispose();
}
device.dispose();
