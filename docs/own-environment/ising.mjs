import { readFileSync } from "node:fs";
import { available, defineEnvironment, unavailable } from "webgfn";

const shader = readFileSync(new URL("ising.wgsl", import.meta.url), "utf8");

/** Ising model on a lattice of at most 16 cells. */
export function ising({ rows = 3, columns = 3, coupling = 0.4, field = 0.1 } = {}) {
  const cells = rows * columns;
  const logReward = (spins) =>
    spins.reduce((sum, s, i) => {
      const right = (i + 1) % columns === 0 ? 0 : spins[i + 1];
      const below = spins[i + columns] ?? 0;
      return sum + field * s + coupling * s * (right + below);
    }, 0);
  let z = 0;
  for (let up = 0; up < 2 ** cells; up++) {
    z += Math.exp(logReward(Array.from({ length: cells }, (_, i) => ((up >> i) & 1 ? 1 : -1))));
  }
  return defineEnvironment({
    name: "ising",
    title: `Ising model of ${rows} × ${columns} cells`,
    shader,
    constants: { CELLS: cells, WIDTH: columns },
    data: Float32Array.of(coupling, field),
    stateWords: 1,
    actions: 2 * cells,
    horizon: cells,
    features: 2 * cells,
    enumeration: cells > 12 ? unavailable(`${3 ** cells} states are too many to list`) : available(3 ** cells),
    exactLogZ: available(Math.log(z)),
    decode: ([word = 0]) => ({ spins: Array.from({ length: cells }, (_, i) => ((word >> (2 * i + 1)) & 1 ? 1 : -1)) }),
  });
}
