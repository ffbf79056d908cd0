// This project's step, through its public interface.
import { makeEnvironment, makeObjective, mlp, openDevice, Trainer } from "webgfn";
import { ALPHA } from "../works.mjs";
import { flat } from "./weights.mjs";

/** Long enough that no rate decays while it is measured. */
const STEPS = 1_000_000;

/**
 * Rates are 0 while times are taken: Adam does all of its work, and the policy keeps its trajectories as long as they are.
 */
export async function open(work) {
  const device = await openDevice();
  const task = makeEnvironment(work.environment, work.parameters);
  const trainer = await Trainer.create(device, {
    environment: task,
    policy: mlp({ hidden: work.hidden }),
    objective: work.objective === "tb" ? makeObjective("tb") : makeObjective(work.objective, { alpha: ALPHA }),
    batchSize: work.batch,
    steps: STEPS,
    learningRate: 0,
    logZLearningRate: 0,
    logZInitial: task.exactLogZ.value,
    replicas: work.replicas ?? 1,
  });
  const start = await trainer.state();
  for (const layers of start.weights) layers.at(-1).bias[task.actions - 1] += work.stopBias ?? 0;
  trainer.restore(start);
  await trainer.train(1);

  return {
    adapter: device.adapter,
    /** The state from which every contestant starts, and what this one's first batch was and made of it. */
    async firstBatch() {
      trainer.restore(start);
      await trainer.train(1);
      const [actions, trajectories, metrics] = await Promise.all([
        trainer.buffers.actions.read(),
        trainer.buffers.trajectories.read(),
        trainer.buffers.metrics.read(),
      ]);
      const { firstMoments, logZ } = await trainer.state();
      const lengths = Float32Array.from({ length: work.batch }, (_, n) => trajectories[4 * n + 3]);
      // Adam's first moment after one step is a tenth of the gradient.
      const tenfold = (value) => value * 10;
      return {
        task: { actions: task.actions, horizon: task.horizon, features: task.features, data: task.data },
        weights: start.weights[0],
        logZ: task.exactLogZ.value,
        // Whatever lies behind the end of a trajectory is left over from other batches.
        actions: actions.slice(0, work.batch * task.horizon),
        lengths,
        meanLength: lengths.reduce((sum, length) => sum + length, 0) / work.batch,
        logForward: Float32Array.from(lengths, (_, n) => trajectories[4 * n]),
        logBackward: Float32Array.from(lengths, (_, n) => trajectories[4 * n + 1]),
        logReward: Float32Array.from(lengths, (_, n) => trajectories[4 * n + 2]),
        loss: metrics[0],
        gradient: flat(firstMoments[0]).map(tenfold),
        logZGradient: tenfold(logZ[0][1]),
      };
    },
    steps: (count) => trainer.train(count),
    /** Milliseconds of each kernel of a step, or undefined where the adapter has no timestamps. */
    profile: () => trainer.programs.step.profile(),
    sizes: () => ({
      layers: trainer.network.layers.map(({ inputs, outputs }) => ({ inputs, outputs })),
      parameters: 4 * trainer.network.parameters4,
      weights: 4 * trainer.network.weights4,
      partials: trainer.buffers.partials.size,
      gradients: trainer.buffers.gradients.size,
    }),
  };
}
