import type { Checkpoint } from "@webgfn/sampler";
import { type DeviceLoss, type Progress, requireSound, type Trainer } from "@webgfn/trainer";

/** Seconds of training between two looks at the clock, at signals and at the progress line. */
const STRETCH = 0.5;

export interface Stretch {
  /** An evaluation, where one is due. */
  evaluation?: Progress;
  /** A checkpoint, where one is due. */
  checkpoint?: Checkpoint;
}

export interface StretchOptions {
  evaluateEvery: number;
  checkpointEvery: number;
  signal: AbortSignal;
  /** What is to be kept of the trainer as it stands, where anything is. */
  checkpoint?: () => Promise<Checkpoint>;
  onDeviceLost(loss: DeviceLoss): void;
}

/**
 * Trains to the end of the schedule in stretches of about half a second, and evaluates when due: before the first step,
 * every `evaluateEvery` steps and after the last. How the steps are cut into stretches changes no bit of the result, nor
 * does a device that is lost. Ends after the current stretch, with a checkpoint, when aborted.
 *
 * @throws WebgfnError `numbers` when no sound replica is left; the checkpoint before stays the latest.
 */
export async function* stretches(
  trainer: Trainer,
  { evaluateEvery, checkpointEvery, signal, checkpoint, onDeviceLost }: StretchOptions,
): AsyncGenerator<Stretch, void, void> {
  const { steps } = trainer.options;
  const nextMultiple = (every: number) => (Math.floor(trainer.step / every) + 1) * every;
  let length = 1;

  /** The step of the latest checkpoint. */
  let kept = trainer.step;
  const keep = async (): Promise<Pick<Stretch, "checkpoint">> => {
    kept = trainer.step;
    return checkpoint === undefined ? {} : { checkpoint: await checkpoint() };
  };

  const begin = async (): Promise<Stretch> => ({ evaluation: await trainer.evaluate(), ...(await keep()) });

  const goOn = async (): Promise<Stretch> => {
    const count = Math.min(
      length,
      steps - trainer.step,
      nextMultiple(evaluateEvery) - trainer.step,
      nextMultiple(checkpointEvery) - trainer.step,
    );
    const start = performance.now();
    await trainer.train(count);
    const perStep = (performance.now() - start) / 1000 / count;
    length = Math.max(1, Math.min(8 * length, Math.floor(STRETCH / perStep)));
    const due = (every: number) => trainer.step === steps || trainer.step % every === 0;
    const evaluation = due(evaluateEvery) ? await trainer.evaluate() : undefined;
    const checkpointed = due(checkpointEvery) && !isBroken(evaluation) ? await keep() : {};
    return { ...(evaluation === undefined ? {} : { evaluation }), ...checkpointed };
  };

  if (trainer.step === 0) yield await trainer.surviving(begin, onDeviceLost);
  while (trainer.step < steps && !signal.aborted) {
    const stretch = await trainer.surviving(goOn, onDeviceLost);
    yield stretch;
    if (stretch.evaluation !== undefined) requireSound(stretch.evaluation.replicas);
  }
  if (kept !== trainer.step) yield await trainer.surviving(keep, onDeviceLost);
}

/** Whether no sound replica is left. */
function isBroken(evaluation: Progress | undefined): boolean {
  return evaluation?.replicas.every(({ fault }) => fault !== undefined) ?? false;
}
