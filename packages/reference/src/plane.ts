/** Points of the plane: integrals over a box, and the Jensen-Shannon divergence of two densities. */

export type Point = [number, number];

/** Lower and upper bounds of both coordinates. */
export type Box = [[number, number], [number, number]];

/** The integral of a function over a box, by the midpoint rule with `cells` cells along each coordinate. */
export function planeIntegral(value: (point: Point) => number, box: Box, cells: number): number {
  const widths = box.map(([low, high]) => (high - low) / cells);
  const centre = (axis: 0 | 1, cell: number): number => box[axis][0] + (cell + 0.5) * widths[axis]!;
  let total = 0;
  for (let i = 0; i < cells; i++) {
    for (let j = 0; j < cells; j++) total += value([centre(0, i), centre(1, j)]);
  }
  return total * widths[0]! * widths[1]!;
}

/** The Jensen-Shannon divergence, in nats, of two densities given as logarithms. */
export function planeJensenShannon(logP: (point: Point) => number, logQ: (point: Point) => number, box: Box, cells: number): number {
  const term = (density: number, middle: number): number => (density === 0 ? 0 : density * Math.log(density / middle));
  return planeIntegral(
    (point) => {
      const p = Math.exp(logP(point));
      const q = Math.exp(logQ(point));
      return (term(p, (p + q) / 2) + term(q, (p + q) / 2)) / 2;
    },
    box,
    cells,
  );
}
