import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isEarlyPicture, Pace, stepsToPicture } from "./pace.js";

describe("early pictures", () => {
  it("come at powers of two", () => {
    const steps: number[] = [];
    for (let step = stepsToPicture(0); Number.isFinite(step); step += stepsToPicture(step)) steps.push(step);
    expect(steps).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
    expect(steps.every(isEarlyPicture)).toBe(true);
    expect([0, 3, 24, 512].some(isEarlyPicture)).toBe(false);
  });
});

describe("the pace", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("takes as many steps as fit into a turn at full speed", () => {
    const pace = new Pace();
    for (let turn = 0; turn < 12; turn++) pace.took(pace.next(1000), 2 * pace.next(1000));
    expect(pace.next(1000)).toBe(40);
    expect(pace.next(20)).toBe(12);
  });

  it("keeps to a speed", () => {
    const pace = new Pace();
    pace.perSecond = 4;
    let steps = 0;
    for (let k = 0; k < 100; k++) {
      vi.advanceTimersByTime(100);
      const taken = pace.next(1000);
      pace.took(taken, 1);
      steps += taken;
    }
    expect(steps).toBeGreaterThanOrEqual(39);
    expect(steps).toBeLessThanOrEqual(41);
  });
});
