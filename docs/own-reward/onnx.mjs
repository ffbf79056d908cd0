// A model in ONNX, of any operators, as a reward: onnxruntime-node evaluates it on the CPU.
// npm install onnxruntime-node --onnxruntime-node-install=skip    (without the option it downloads CUDA on Linux)
// npx webgfn train sets --env.items 6 --env.size 3 --reward ./onnx.mjs#proxy
import { readFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { hostReward } from "webgfn";

/** The model reads one row of features for each object of a batch, so export it with a free batch dimension. */
const session = await InferenceSession.create(readFileSync(new URL("proxy.onnx", import.meta.url)));
const [input = ""] = session.inputNames;
const [output = ""] = session.outputNames;
const ITEMS = 6;

/** What the model reads of an object: 1 for each item that the set contains, otherwise 0. */
const featuresOf = ({ items }) => Array.from({ length: ITEMS }, (_, item) => (items.includes(item) ? 1 : 0));

async function logRewards(sets) {
  const features = Float32Array.from(sets.flatMap(featuresOf));
  const results = await session.run({ [input]: new Tensor("float32", features, [sets.length, ITEMS]) });
  const values = Array.from(results[output]?.data ?? [], Number);
  return values; // The model gives log R. For one that gives R: values.map((r) => Math.log(Math.max(r, 1e-6)))
}

export const proxy = hostReward(logRewards, { name: "proxy.onnx" });
