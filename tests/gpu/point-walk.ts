/** The walks of `checkEnvironment` to given points of the plane, with the oracle beside them. */
import { coordinateWalks } from "@webgfn/check/internal";
import { type Point, planeFeatures } from "@webgfn/reference";
import { expect } from "vitest";
import { testDevice } from "./device.js";
import type { PlaneTwin } from "./twins.js";

/** Walks to each point, and compares every visit with the oracle. */
export async function walkToPoints({ environment, logDensity }: PlaneTwin, points: readonly Point[]): Promise<void> {
  const { horizon } = environment;
  const coordinates = Float32Array.from(points.flat());
  const walks = await coordinateWalks(await testDevice(), environment, coordinates);
  expect(walks).toHaveLength(points.length);
  walks.forEach((walk, n) => {
    const point = [...coordinates.subarray(2 * n, 2 * n + 2)] as Point;
    walk.forEach((visit, time) => {
      const at = `(${point}), step ${time}`;
      const chosen = point.slice(0, time);
      const { terminal, initial, level, parentCount } = visit;
      expect({ terminal, initial, level, parentCount }, at).toEqual({
        terminal: time === horizon,
        initial: time === 0,
        level: time,
        parentCount: Math.min(time, 1),
      });
      expect([...new Float32Array(visit.state.slice().buffer).subarray(0, time)], at).toEqual(chosen);
      expect([...visit.following], at).toEqual([0, 1, 2, 3]);
      if (time < horizon) {
        // The parent is where this coordinate came from, and no other did.
        const { allowed, reversible, undoable, otherUndoable } = visit;
        expect({ allowed, reversible, undoable, otherUndoable }, at).toEqual({
          allowed: true,
          reversible: true,
          undoable: true,
          otherUndoable: false,
        });
        // The policy reads open states only; there all features are listed, the real one even where it is 0.
        expect([...visit.features], at).toEqual(planeFeatures(chosen));
        return;
      }
      expect(environment.decode(visit.state), at).toEqual({ point });
      expect(environment.encode?.(environment.decode(visit.state)), at).toEqual(visit.state);
      const { logReward } = visit;
      expect(Math.abs(logReward - logDensity(point)), `log R ${logReward}: ${at}`).toBeLessThan(2e-6 * (1 + Math.abs(logDensity(point))));
    });
    expect(walk).toHaveLength(horizon + 1);
  });
}
