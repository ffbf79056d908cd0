/** Milliseconds of training before the worker handles commands; short enough that pausing feels immediate. */
const TURN = 80;
/** Largest number of training steps before the worker handles commands. */
const MOST_STEPS = 500;
/** Steps up to which a picture is due at every power of two. */
const LAST_POWER = 256;

/** Decides how many steps a turn takes: as many as fit into a turn and as the speed allows, and no further than the next early picture. */
export class Pace {
  #steps = 1;
  /** Start of the latest turn, and the steps that the speed allowed since then but that were not taken. */
  #began = performance.now();
  #allowed = 0;
  perSecond = Number.POSITIVE_INFINITY;

  /** The number of steps to take now, from this step on; 0 while the speed allows none. */
  next(step: number): number {
    const now = performance.now();
    if (!Number.isFinite(this.perSecond)) return Math.min(this.#steps, stepsToPicture(step));
    this.#allowed = Math.min(1 + this.perSecond / 4, this.#allowed + ((now - this.#began) / 1000) * this.perSecond);
    this.#began = now;
    return Math.min(this.#steps, Math.floor(this.#allowed), stepsToPicture(step));
  }

  /** Counts steps that a turn took. */
  took(steps: number, milliseconds: number): void {
    this.#allowed -= Math.min(steps, this.#allowed);
    if (steps < this.#steps) return;
    const fitting = (steps * TURN) / Math.max(1, milliseconds);
    this.#steps = Math.max(1, Math.min(MOST_STEPS, Math.round(Math.min(2 * steps, fitting))));
  }

  /** Milliseconds until the speed allows a step. */
  get wait(): number {
    return Math.min(TURN, Math.max(1, (1000 * (1 - this.#allowed)) / this.perSecond));
  }
}

/** Steps until the next power of two, where pictures are due while learning is fastest. */
export function stepsToPicture(step: number): number {
  if (step >= LAST_POWER) return Number.POSITIVE_INFINITY;
  return 2 ** Math.floor(Math.log2(step) + 1) - step || 1;
}

/** Whether an early picture is due at this step. */
export const isEarlyPicture = (step: number): boolean => step <= LAST_POWER && step > 0 && Number.isInteger(Math.log2(step));
