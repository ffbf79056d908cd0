import { Sampler, unstackLayers } from "@webgfn/sampler";
import { type Arguments, wholeOption } from "../arguments.js";
import type { Command } from "../command.js";
import { openQuietly } from "../device.js";
import { float32, line } from "../json.js";
import { loadRun } from "../loading.js";
import { print } from "../output.js";

/** Trajectories per dispatch, at most; lines are written while the next ones are sampled. */
const BATCH = 4096;

export const sample: Command = {
  name: "sample",
  summary: "sample objects from a trained run, one JSON object per line",
  operands: "DIR",
  mostOperands: 1,
  options: {
    count: { value: "N", text: "objects to sample (default 10)" },
    seed: { value: "N", text: "seed of the samples (default 0)" },
    replica: { value: "N", text: "which of the run's models (default 0)" },
    trajectories: { text: "add each trajectory's actions and log p_B" },
  },
  takesEnvironmentParameters: false,
  examples: [
    "sample runs/sets --count 5",
    "sample runs/sets --count 100000 --seed 1 --replica 2 > sets.jsonl",
    "sample runs/sets --count 3 --trajectories",
    "sample playground.safetensors --count 5",
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const count = wholeOption(given, "count", 10, 1);
  const seed = wholeOption(given, "seed", 0, 0);
  const { configuration, checkpoint, environment, policy, network, replica } = loadRun(sample, given);
  const weights = unstackLayers("policy", network, checkpoint.tensors, configuration.replicas)[replica] ?? [];
  const device = await openQuietly();
  try {
    const sampler = await Sampler.create(device, { environment, policy, weights, seed, batchSize: Math.min(count, BATCH) });
    for await (const batch of sampler.stream(count)) {
      const lines = batch.map(({ object, logReward, logForward, logBackward, actions }) =>
        line({
          object,
          logReward: float32(logReward),
          logForward: float32(logForward),
          ...(given.switches.has("trajectories") ? { actions, logBackward: float32(logBackward) } : {}),
        }),
      );
      if (!(await print(lines.join("")))) break;
    }
    return 0;
  } finally {
    device.dispose();
  }
}
