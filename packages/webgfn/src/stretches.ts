import { type Progress, requireSound, type Trainer } from "@webgfn/trainer";

/** Seconds of training between two looks at the clock, at signals and at the progress line. */
const STRETCH = 0.5;

export interface Stretch {
  /** An evaluation, where one is due. */
  evaluation?: Progress;
  checkpointDue: boolean;
}

export interface StretchOptions {
  evaluateEvery: number;
  checkpointEvery: number;
  signal: AbortSignal;
}

/**
 * Trains to the end of the schedule in stretches of about half a second, and evaluates when due: before the first step,
 * every `evaluateEvery` steps and after the last. How the steps are cut into stretches changes no bit of the result.
 * Ends after the current stretch when aborted.
 */
export async function* stretches(
  trainer: Trainer,
  { evaluateEvery, checkpointEvery, signal }: StretchOptions,
): AsyncGenerator<Stretch, void, void> {
  const { steps } = trainer.options;
  const nextMultiple = (every: number) => (Math.floor(trainer.step / every) + 1) * every;
  if (trainer.step === 0) yield { evaluation: await trainer.evaluate(), checkpointDue: true };
  let length = 1;
  while (trainer.step < steps && !signal.aborted) {
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
    const ended = trainer.step === steps;
    yield {
      ...(ended || trainer.step % evaluateEvery === 0 ? { evaluation: await trainer.evaluate() } : {}),
      checkpointDue: ended || trainer.step % checkpointEvery === 0,
    };
  }
}
