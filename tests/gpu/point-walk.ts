/** The walks of `checkEnvironment` to given points, with the oracle beside them. */
import { coordinateWalks } from "@webgfn/check/internal";
import { pointFeatures } from "@webgfn/reference";
import { expect } from "vitest";
import { testDevice } from "./device.js";
import type { PointTwin } from "./twins.js";

/** Walks to each point, and compares every visit with the oracle. */
export async function walkToPoints({ environment, logDensity, scales }: PointTwin, points: readonly (readonly number[])[]): Promise<void> {
  const { horizon } = environment;
  const coordinates = Float32Array.from(points.flat());
  const walks = await coordinateWalks(await testDevice(), environment, coordinates);
  expect(walks).toHaveLength(points.length);
  walks.forEach((walk, n) => {
    const point = [...coordinates.subarray(horizon * n, horizon * (n + 1))];
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
      // The chosen coordinates are listed, even where they are 0, and their number.
      const listed = [...chosen.slice(0, horizon - 1).keys(), ...(time < horizon ? [horizon - 1 + time] : [])];
      const following = Array.from(visit.features.keys(), (k) => listed.find((feature) => feature >= k) ?? visit.features.length);
      expect([...visit.following], at).toEqual([...following, visit.features.length]);
      if (time < horizon) {
        // The parent is where this coordinate came from, and no other did.
        const { allowed, reversible, undoable, otherUndoable } = visit;
        expect({ allowed, reversible, undoable, otherUndoable }, at).toEqual({
          allowed: true,
          reversible: true,
          undoable: true,
          otherUndoable: false,
        });
        // The policy reads open states only.
        const features = pointFeatures(chosen, scales);
        visit.features.forEach((value, k) => {
          expect(Math.abs(value - features[k]!), `feature ${k}: ${at}`).toBeLessThanOrEqual(2e-7 * Math.abs(features[k]!));
        });
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
