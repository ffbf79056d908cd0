// Writes checkpoints, each with its step in every element, as fast as it can, until it is killed.
// Usage: node writer.mjs FOLDER ELEMENTS
import { argv } from "node:process";
import { RunFolder } from "@webgfn/runs/node";

const folder = RunFolder.open(argv[2]);
folder.claim();
const first = (folder.findCheckpoint()?.step ?? 0) + 1;
for (let step = first; ; step++) {
  const data = new Float32Array(Number(argv[3])).fill(step);
  folder.appendMetrics({ step, seconds: 0, replicas: [] });
  folder.writeCheckpoint({ configuration: JSON.stringify(folder.configuration), step, tensors: { data: { shape: [data.length], data } } });
  console.log(step);
}
