import { sets } from "@webgfn/envs";
import { loadSampler } from "@webgfn/sampler";

// The same program in a worker: the page stays free even where sampling takes long.
self.onmessage = async ({ data: { checkpoint, count } }) => {
  try {
    const sampler = await loadSampler(checkpoint, { environments: { sets }, batchSize: 64 });
    self.postMessage({ samples: await sampler.sample(count) });
    sampler.dispose();
  } catch (error) {
    self.postMessage({ error: [error.message, error.fix].filter(Boolean).join(": ") });
  }
};
