import { estimators, type Objective } from "@webgfn/objectives";
import {
  flowRowRecord,
  isFlowMatching,
  metricsRecord,
  numbersOf,
  objectiveKernel,
  outcomeRecord,
  weighsRows,
} from "@webgfn/objectives/internal";
import { Replicas, trajectoryRecord, transitionRecord } from "@webgfn/sampler/internal";
import { type Device, type Kernel, Program } from "@webgfn/tensor";
import { disposeTensors, orFree } from "@webgfn/tensor/internal";
import { type MadeUpTrajectory, madeUpStates, SIZES, sizesFor } from "./made-up-batch.js";

/** The coefficients, the loss and the gradient's scale of a batch, computed by an objective's kernel. */
export interface Reduction {
  /** Two coefficients per trajectory, or per row if a flow is learned or matched. */
  coefficients: Float32Array;
  loss: number;
  /** Scale of the gradient, and the mean of f. */
  scale: number;
  mean: number;
}

/** The value of a learned log Z. */
export const LOG_Z = 0.8;

/** Compiles an objective's kernel with the estimator `none`. @throws WebgfnError `shader` if it does not link or compile. */
export function compileObjective(device: Device, objective: Objective): Promise<Kernel> {
  const { root, modules, conditions } = objectiveKernel(objective, estimators.none);
  return device.kernel({ root, modules, conditions, constants: sizesFor(objective) });
}

/** Runs an objective's kernel on a made-up batch. `logRewardShift` is log r̄. */
export async function reduceOnGpu(
  device: Device,
  kernel: Kernel,
  objective: Objective,
  batch: readonly MadeUpTrajectory[],
  logRewardShift: number,
): Promise<Reduction> {
  const trajectories = new Float32Array(trajectoryRecord.words * batch.length);
  const transitions = new Float32Array(transitionRecord.words * batch.length * SIZES.HORIZON);
  batch.forEach(({ logForward, logBackward, logReward, steps }, n) => {
    trajectoryRecord.set(trajectories, n, {
      log_forward: logForward,
      log_backward: logBackward,
      log_reward: logReward,
      length: steps.length,
    });
    steps.forEach((step, time) => {
      const values = { log_forward: step.logForward, log_backward: step.logBackward, log_flow: step.logFlow };
      transitionRecord.set(transitions, n * SIZES.HORIZON + time, values);
    });
  });
  const metrics = new Float32Array(metricsRecord.words);
  metricsRecord.set(metrics, 0, { finite: 1 });
  const { ROWS } = sizesFor(objective);
  const rows = batch.length * ROWS;
  const flowRows = new Uint32Array(isFlowMatching(objective) ? flowRowRecord.words * rows : flowRowRecord.words);
  if (isFlowMatching(objective)) {
    batch.forEach((trajectory, n) => {
      writeFlowRows(flowRows, n * ROWS, trajectory);
    });
  }
  const replicas = new Replicas(device, [{ seed: 0, parameters: numbersOf(objective), logRewardShift, logZRate: 0.1, steps: 10 }]);
  const tensors = device.tensors({
    trajectories: { shape: [trajectories.length], label: "made-up trajectories", values: () => trajectories },
    transitions: { shape: [transitions.length], label: "made-up transitions", values: () => transitions },
    flow_rows: { shape: [flowRows.length], dtype: "u32", label: "made-up rows of flow matching", values: () => flowRows },
    coefficients: { shape: [weighsRows(objective) ? rows : batch.length, 2], label: "coefficients" },
    live_rows: { shape: [rows], dtype: "u32", label: "live rows" },
    outcomes: { shape: [outcomeRecord.words], label: "outcome" },
    log_z: { shape: [4], label: "log Z", values: () => Float32Array.of(LOG_Z, 0, 0, 0) },
    metrics: { shape: [metricsRecord.words], label: "metrics", values: () => metrics },
  });
  const free = () => {
    disposeTensors(tensors);
    replicas.dispose();
  };
  const reduce = async () => {
    await new Program(device, "objective").add(kernel, kernel.pick({ replicas: replicas.tensor, ...tensors }), [1]).run();
    return Promise.all([tensors.coefficients.read(), tensors.metrics.read(), tensors.outcomes.read()]);
  };
  const [coefficients, written, outcome] = (await orFree(reduce(), free)) as [Float32Array, Float32Array, Float32Array];
  free();
  return {
    coefficients,
    loss: metricsRecord.get(written, 0, "loss"),
    scale: outcomeRecord.get(outcome, 0, "scale"),
    mean: outcomeRecord.get(outcome, 0, "mean"),
  };
}

/** The value in place of an action that marks the row of the flow out of a state, as in `shaders/objectives/balance/flow_rows.wgsl`. */
const OUTFLOW = 0xffffffff;

/** Writes the rows of a made-up trajectory from row `start` on. */
function writeFlowRows(rows: Uint32Array, start: number, trajectory: MadeUpTrajectory): void {
  const flows = madeUpStates(trajectory).flatMap(({ into, out }) => [
    ...into.map((log_flow) => ({ log_flow, action: 0 })),
    ...(out === undefined ? [] : [{ log_flow: out, action: OUTFLOW }]),
  ]);
  flows.forEach((row, i) => {
    flowRowRecord.set(rows, start + i, { ...row, ...(i === 0 && { count: flows.length }) });
  });
}
