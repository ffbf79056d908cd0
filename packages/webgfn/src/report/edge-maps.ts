import type { Environment } from "@webgfn/envs";
import type { ExactObject } from "./exact-pictures.js";
import { namesOf } from "./objects.js";
import type { Maps } from "./picture.js";
import type { TrainedRun } from "./pictures.js";

/** P(i → j) of graphs under the target and under each run. */
export function edgeMaps(environment: Environment, objects: readonly ExactObject[], runs: readonly TrainedRun[]): Maps[] {
  const names = namesOf(environment);
  if (names === undefined) return [];
  const marginals = (pick: (object: ExactObject) => number): number[][] => {
    const sums = names.map((_, i) => names.map((_, j) => (i === j ? Number.NaN : 0)));
    for (const object of objects) {
      for (const [i, j] of (object.object as { edges: [number, number][] }).edges) {
        const row = sums[i] as number[];
        row[j] = (row[j] as number) + pick(object);
      }
    }
    return sums;
  };
  return [
    {
      kind: "maps",
      title: "Edge marginals",
      explanation: "probability of an edge from the row's variable to the column's, exact for the target and for each run",
      axes: { across: "to", up: "from" },
      columns: names,
      rows: names,
      written: true,
      maps: [
        { label: "target", values: marginals(({ target }) => target) },
        ...runs.map(({ label, colour }, r) => ({ label, colour, values: marginals(({ learned }) => learned[r] as number) })),
      ],
    },
  ];
}
