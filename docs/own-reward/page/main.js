// The same as ../onnx.mjs in a page: onnxruntime-web evaluates the model in WebAssembly, while webgfn trains on the GPU.
// npm install webgfn onnxruntime-web vite; put the model beside index.html, in public/proxy.onnx; npx vite
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
import { hostReward, mlp, openDevice, renyi, Sampler, sets, Trainer } from "webgfn";

const ITEMS = 6;
const STEPS = 200;
const status = document.querySelector("#status");

/** What the model reads of an object: 1 for each item that the set contains, otherwise 0. */
const featuresOf = ({ items }) => Array.from({ length: ITEMS }, (_, item) => (items.includes(item) ? 1 : 0));

async function onnxReward(url) {
  // More threads need a page that is cross-origin isolated.
  env.wasm.numThreads = 1;
  const session = await InferenceSession.create(new URL(url, document.baseURI).href);
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  async function logRewards(objects) {
    const features = Float32Array.from(objects.flatMap(featuresOf));
    const results = await session.run({ [input]: new Tensor("float32", features, [objects.length, ITEMS]) });
    return results[output].data;
  }
  return hostReward(logRewards, { name: url });
}

try {
  const [device, reward] = await Promise.all([openDevice(), onnxReward("proxy.onnx")]);
  const policy = mlp({ hidden: [16, 16] });
  const environment = sets({ items: ITEMS, size: 3, reward });
  const options = { environment, policy, objective: renyi({ alpha: 0.5 }), batchSize: 32, steps: STEPS, learningRate: 2e-2 };
  const trainer = await Trainer.create(device, options);
  for await (const { step, l1 } of trainer.run({ evaluateEvery: STEPS / 4 })) status.textContent = `step ${step}, L1 ${l1.toFixed(3)}`;

  const [weights] = await trainer.weights();
  const sampler = await Sampler.create(device, { environment: trainer.options.environment, policy, weights });
  document.querySelector("#objects").replaceChildren(
    ...(await sampler.sample(20)).map(({ object, logReward }) => {
      const item = document.createElement("li");
      item.textContent = `{${object.items.join(", ")}}, log R = ${logReward.toFixed(6)}`;
      return item;
    }),
  );
} catch (error) {
  status.textContent = [error.message, error.fix].filter(Boolean).join(": ");
}
