import { realpathSync } from "node:fs";
import { join } from "node:path";
import { samplingCheckpoint } from "@webgfn/sampler";
import { checkpointPieces } from "@webgfn/sampler/internal";
import { argumentError } from "@webgfn/tensor/internal";
import { operand, wholeOption } from "../arguments.js";
import type { Arguments, Command } from "../command.js";
import { checkpointOf, recordedAt } from "../loading.js";
import { print } from "../output.js";
import { requireNoFolder, STANDARD_OUTPUT, writeInPieces } from "../output-file.js";
import { warnOfBrokenReplica } from "../warnings.js";

export const exportRun: Command = {
  name: "export",
  summary: "write a trained run's policy as a small checkpoint, for web pages and other programs",
  operands: "DIR",
  mostOperands: 1,
  options: {
    out: { value: "FILE", text: "write to this file, pipe or device; - is standard output" },
    replica: { value: "N", text: "only this one of the run's models (default all of them)" },
  },
  parameters: [],
  examples: ["export runs/sets --out sets.safetensors", "export runs/sets --replica 2 --out sets.safetensors"],
  run,
};

async function run(given: Arguments): Promise<number> {
  const path = operand(exportRun, given, "the folder of a run");
  const named = given.values.get("out");
  if (named === undefined) throw argumentError("webgfn export needs --out FILE", "name the file to write: --out policy.safetensors");
  const isPrinted = named === STANDARD_OUTPUT;
  if (!isPrinted) requireNoFolder("--out", named);
  else if (process.stdout.isTTY) throw argumentError("a checkpoint is not for a terminal", "write it to a file: --out policy.safetensors");
  if (isSource(named, path)) {
    throw argumentError(
      `--out names ${named}, which is the checkpoint that is read`,
      "choose another file: training goes on from this one",
    );
  }
  const recorded = recordedAt(path);
  const { configuration } = recorded;
  const last = configuration.replicas - 1;
  const replica = given.values.has("replica") ? wholeOption(given, "replica", 0, 0, last) : undefined;
  const checkpoint = checkpointOf(recorded);
  const pieces = checkpointPieces(samplingCheckpoint(checkpoint, replica === undefined ? {} : { replica }));
  for (let r = replica ?? 0; r <= (replica ?? last); r++) {
    warnOfBrokenReplica({ checkpoint, configuration, replica: r }, "it is exported");
  }
  const produce = async (write: (chunk: Uint8Array) => Promise<boolean>) => {
    for (const piece of pieces) if (!(await write(piece))) break;
  };
  if (isPrinted) await produce(print);
  else await writeInPieces(named, produce);
  return 0;
}

/** Whether `--out` names the checkpoint that is exported. */
function isSource(out: string, path: string): boolean {
  const target = realPath(out);
  return target !== undefined && [path, join(path, "checkpoint.safetensors")].some((source) => realPath(source) === target);
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
