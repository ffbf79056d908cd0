import { sets } from "@webgfn/envs";
import { loadSampler } from "@webgfn/sampler";

const status = document.querySelector("#status");
const checkpoint = new URL("sets.safetensors", document.baseURI);

function list(selector, samples) {
  document.querySelector(selector).replaceChildren(
    ...samples.map(({ object, logReward }) => {
      const item = document.createElement("li");
      item.textContent = `{${object.items.join(", ")}}, log R = ${logReward.toFixed(3)}`;
      return item;
    }),
  );
}

try {
  const sampler = await loadSampler(checkpoint, { environments: { sets }, batchSize: 64 });
  list("#page", await sampler.sample(5));
  status.textContent = "";
} catch (error) {
  // Where there is no WebGPU, the error says so, and what to do about it.
  status.textContent = [error.message, error.fix].filter(Boolean).join(": ");
}

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => {
  if (data.error === undefined) list("#worker", data.samples);
  else status.textContent = data.error;
};
worker.postMessage({ checkpoint: checkpoint.href, count: 5 });
