import type { DensityPicture, ObjectDisplay, PlaneWindow } from "./objects.js";
import { coordinatesOf, type PointObject, pointDisplay, pointFields } from "./points.js";

/** The fields shared by all environments over points of the plane. */
export const plane = pointFields<[number, number]>(2, "the plane");

/** The display of points of the plane: text with two decimals, and pictures of the density over a window. */
export function planeDisplay(name: string, window: PlaneWindow): ObjectDisplay<PointObject> {
  return pointDisplay(name, 2, densityOver(window));
}

/** Pictures of a density over a window of the plane. */
export function densityOver(window: PlaneWindow): DensityPicture {
  return {
    kind: "density",
    axes: { across: "coordinate 1", up: "coordinate 2" },
    window,
    stateAt: ([x, y]) => plane.encode({ point: [x, y] }),
    // The path starts at the origin; the unchosen coordinate of an intermediate point is 0.
    path: (actions) =>
      [0, ...actions].map((_, n) => {
        const [x = 0, y = 0] = coordinatesOf(actions.slice(0, n));
        return [x, y];
      }),
  };
}
