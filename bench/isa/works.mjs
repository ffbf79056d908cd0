// The steps whose kernels are compiled for a GPU: each task of the race, and what the race leaves out.
import { works } from "../works.mjs";

const OF_RACE = works
  .filter(({ objective }) => objective === "renyi")
  .map(({ objective: _, ...work }) => ({ ...work, key: work.key.replace(/-renyi$/, "") }));
const GRID = OF_RACE.find(({ key }) => key === "hypergrid-2d-8");
const SETS = OF_RACE.find(({ key }) => key === "sets");

/** Every work; keys are what the command takes. Without `hidden` the environment's usual policy is compiled. */
export const isaWorks = [
  ...OF_RACE,
  { key: "phylogenetics", environment: "phylogenetics", parameters: {}, batch: 128 },
  { key: "dags", environment: "dags", parameters: {}, batch: 128 },
  { key: "gaussian-mixture", environment: "gaussian-mixture", parameters: {}, batch: 128 },
  // Batches whose objective one workgroup takes, and many share; of the second the network is small, so that the records are.
  { ...SETS, key: "sets-4096", batch: 4096 },
  { ...SETS, key: "sets-65536", batch: 65_536, hidden: [16] },
  { ...GRID, key: "hypergrid-2d-8-4096-fused", batch: 4096, path: "fused" },
  { ...GRID, key: "hypergrid-2d-8-4096-layered", batch: 4096, path: "layered" },
];
