import type { Environment } from "@webgfn/envs";
import { withReplica } from "@webgfn/runs/node/internal";
import type { Device } from "@webgfn/tensor";
import { densityMap } from "@webgfn/trainer/internal";
import { numberText } from "./numbers.js";
import type { Maps } from "./picture.js";
import type { TrainedRun } from "./trained-run.js";

/** Maps of the target's and each run's density at the centres of cells. Empty unless objects are points of the plane. */
export async function densityMaps(device: Device, environment: Environment, runs: readonly TrainedRun[]): Promise<Maps[]> {
  const { picture } = environment.objects;
  if (picture.kind !== "density") return [];
  const map = densityMap(environment, picture);
  const maps: Maps["maps"][number][] = [];
  for (const run of runs) {
    const { target, learned } = await withReplica(device, run, (inputs) => map.measure(inputs));
    if (maps.length === 0) maps.push({ label: "target", values: target });
    maps.push({ label: run.label, colour: run.colour, values: learned });
  }
  return [
    {
      kind: "maps",
      title: "Density",
      explanation: `R/Z of the target and the density of each run, at the centres of ${map.columns.length} × ${map.rows.length} cells`,
      axes: picture.axes,
      columns: map.columns.map(numberText),
      rows: map.rows.map(numberText),
      written: false,
      maps,
    },
  ];
}
