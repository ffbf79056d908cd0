import type { Environment } from "@webgfn/envs";
import type { Checkpoint } from "@webgfn/sampler";
import type { Device } from "@webgfn/tensor";
import { checkpoint, type DeviceLoss, type Progress, restoreCheckpoint, Trainer } from "@webgfn/trainer";
import { type Configuration, trainerOptions } from "./configuration.js";
import { ProgressLine } from "./progress.js";
import { exactLogZ, type Rates } from "./results.js";
import { RunFolder } from "./run-folder.js";
import { stretches } from "./stretches.js";

/** A run to begin, or to go on with. */
export interface Plan {
  configuration: Configuration;
  environment: Environment;
  /** Where a new run is to be kept, if at all. */
  out?: string;
  /** The run to go on with, and where it had got to. */
  continued?: { folder: RunFolder; checkpoint: Checkpoint };
  /** Steps between checkpoints in this session. */
  checkpointEvery: number;
}

export interface Outcome {
  /** Steps taken, over all sessions. */
  step: number;
  finished: boolean;
  /** The evaluation before the first step, where it is known. */
  before: Progress | undefined;
  /** The latest evaluation. */
  after: Progress | undefined;
  rates: Rates;
}

/** Trains as planned, keeping the folder up to date. Ends early, with a checkpoint, when the signal aborts. */
export async function carryOut(device: Device, plan: Plan, signal: AbortSignal): Promise<Outcome> {
  const { configuration, environment, out, continued, checkpointEvery } = plan;
  const { steps, batchSize, replicas, evaluateEvery } = configuration;
  const line = new ProgressLine(steps, exactLogZ(environment));
  line.say(`compiling for ${device.adapter.name} …`);
  const trainer = await Trainer.create(device, trainerOptions(configuration, environment));
  try {
    const evaluations: Progress[] = [];
    if (continued !== undefined) {
      restoreCheckpoint(trainer, continued.checkpoint);
      // The evaluation before the first step is made again, as every later one.
      evaluations.push(...continued.folder.truncateMetrics(trainer.step === 0 ? -1 : trainer.step));
    }
    // Only now is anything written: sizes that the adapter cannot take leave no folder behind.
    const folder = continued?.folder ?? (out === undefined ? undefined : RunFolder.create(out, configuration));
    const first = trainer.step;
    const earlier = evaluations.at(-1)?.seconds ?? 0;
    let session = 0;
    const options = {
      evaluateEvery,
      checkpointEvery,
      signal,
      ...(folder === undefined ? {} : { checkpoint: () => checkpoint(trainer, configuration) }),
      onDeviceLost: ({ error, step }: DeviceLoss) => line.note(`${error.message}; training goes on from step ${step} on a new one`),
    };
    for await (const { evaluation, checkpoint: made } of stretches(trainer, options)) {
      if (evaluation !== undefined) {
        session = evaluation.seconds;
        const progress = { ...evaluation, seconds: earlier + session };
        evaluations.push(progress);
        folder?.appendMetrics({ ...progress, adapter: device.adapter });
        line.evaluated(progress);
      }
      if (made !== undefined) folder?.writeCheckpoint(made);
      line.stepped(trainer.step);
    }
    // A finished run whose metrics are gone is measured again.
    if (trainer.step === steps && evaluations.at(-1)?.step !== steps) evaluations.push(await trainer.evaluate());
    const after = evaluations.at(-1);
    const seconds = after?.seconds ?? 0;
    // A session that took steps is timed by itself: what ran before an interruption may have ended between evaluations.
    const [taken, during] = trainer.step > first ? [trainer.step - first, session] : [trainer.step, seconds];
    const stepsPerSecond = during > 0 ? taken / during : 0;
    return {
      step: trainer.step,
      finished: trainer.step === steps,
      before: evaluations.find(({ step }) => step === 0),
      after,
      rates: { seconds, stepsPerSecond, trajectoriesPerSecond: stepsPerSecond * batchSize * replicas },
    };
  } finally {
    line.clear();
    trainer.dispose();
  }
}
