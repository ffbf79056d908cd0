import type { HostEvaluation } from "@webgfn/envs";
import records from "@webgfn/shaders/sampler/records.wgsl";
import takeRewards from "@webgfn/shaders/sampler/take_rewards.wgsl";
import finite from "@webgfn/shaders/tensor/finite.wgsl";
import type { Program } from "@webgfn/tensor";
import type { RolloutBuffers } from "./rollout-shape.js";

/**
 * Records the work after a rollout if the host evaluates the reward: it reads the objects, and writes log R of each into the trajectories'
 * records.
 */
export async function recordHostRewards(program: Program, hostReward: HostEvaluation, buffers: RolloutBuffers): Promise<void> {
  const { objects, trajectories, logRewards } = buffers;
  if (logRewards === undefined) return;
  const count = logRewards.shape.reduce((product, extent) => product * extent, 1);
  const kernel = await program.device.kernel({
    root: "sampler/take_rewards",
    modules: { "sampler/take_rewards": takeRewards, "sampler/records": records, "tensor/finite": finite },
    constants: { TRAJECTORIES: count },
  });
  program
    .addHostStage(async () => {
      logRewards.write(await hostReward.evaluate((await objects.read()) as Uint32Array));
    })
    .add(kernel, { log_rewards: logRewards, trajectories }, [Math.ceil(count / 64)]);
}
