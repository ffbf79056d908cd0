import type { Environment } from "@webgfn/envs";
import { float32, line } from "@webgfn/runs/internal";
import { openQuietly } from "@webgfn/runs/node/internal";
import { type Sample, Sampler } from "@webgfn/sampler";
import { unstackLayers } from "@webgfn/sampler/internal";
import { argumentError, unknownWord } from "@webgfn/tensor/internal";
import { ADAPTER_OPTION } from "../adapter-option.js";
import { wholeOption } from "../arguments.js";
import type { Arguments, Command } from "../command.js";
import { loadRun } from "../loading.js";
import { npyHeader, npyRows } from "../npy.js";
import { print } from "../output.js";
import { requireNoFolder, STANDARD_OUTPUT, writeInPieces } from "../output-file.js";
import { OWN_FILE_OPTIONS } from "../own-file-options.js";
import { sampleColumns } from "../sample-columns.js";
import { warnOfBrokenReplica } from "../warnings.js";

/** Trajectories per dispatch, at most; lines are written while the next ones are sampled. */
const BATCH = 4096;

export const sample: Command = {
  name: "sample",
  summary: "sample objects from a trained run, one JSON object per line, or as a NumPy array",
  operands: "DIR",
  mostOperands: 1,
  options: {
    count: { value: "N", text: "objects to sample (default 10)" },
    seed: { value: "N", text: "seed of the samples (default 0)" },
    replica: { value: "N", text: "which of the run's models (default 0)" },
    trajectories: { text: "add each trajectory's actions and log p_B" },
    format: { value: "NAME", text: "jsonl, or npy, one array of records (default jsonl; npy where --out ends so)" },
    out: { value: "FILE", text: "write to this file, pipe or device instead of standard output, which is -" },
    ...OWN_FILE_OPTIONS,
    ...ADAPTER_OPTION,
  },
  parameters: [],
  examples: [
    "sample runs/sets --count 5",
    "sample runs/sets --count 100000 --seed 1 --replica 2 > sets.jsonl",
    "sample runs/sets --count 100000 --out sets.npy",
    "sample runs/sets --count 3 --trajectories",
    "sample playground.safetensors --count 5",
    "sample runs/knapsack --environment ./knapsack.mjs#knapsack",
  ],
  run,
};

/** How samples become bytes: a header, and the bytes of each batch. */
interface Format {
  header?: Uint8Array;
  encode(batch: readonly Sample[]): string | Uint8Array;
}

const FORMATS = ["jsonl", "npy"];

function formatName(given: Arguments): string {
  const name = given.values.get("format") ?? (given.values.get("out")?.endsWith(".npy") ? "npy" : "jsonl");
  if (!FORMATS.includes(name)) throw unknownWord("a format", name, FORMATS);
  return name;
}

function jsonLines(trajectories: boolean): Format {
  return {
    encode: (batch) =>
      batch
        .map(({ object, logReward, logForward, logBackward, actions }) =>
          line({
            object,
            logReward: float32(logReward),
            logForward: float32(logForward),
            ...(trajectories ? { actions, logBackward: float32(logBackward) } : {}),
          }),
        )
        .join(""),
  };
}

function npy(environment: Environment, count: number, trajectories: boolean): Format {
  const columns = sampleColumns(environment, trajectories);
  return {
    header: npyHeader(columns, count),
    encode: (batch) =>
      npyRows(
        columns,
        batch.map((sample) => columns.map(({ values }) => values(sample))),
      ),
  };
}

async function run(given: Arguments): Promise<number> {
  const count = wholeOption(given, "count", 10, 1);
  const seed = wholeOption(given, "seed", 0, 0);
  const name = formatName(given);
  const named = given.values.get("out");
  const out = named === STANDARD_OUTPUT ? undefined : named;
  if (out !== undefined) requireNoFolder("--out", out);
  if (name === "npy" && out === undefined && process.stdout.isTTY) {
    throw argumentError("an array is not for a terminal", "write it to a file: --out samples.npy");
  }
  const run = await loadRun(sample, given);
  warnOfBrokenReplica(run, "these objects are sampled");
  const { configuration, checkpoint, environment, policy, network, replica } = run;
  const trajectories = given.switches.has("trajectories");
  const { header, encode } = name === "npy" ? npy(environment, count, trajectories) : jsonLines(trajectories);
  const weights = unstackLayers("policy", network, checkpoint.tensors, configuration.replicas)[replica] ?? [];

  /** @param write resolves to whether anyone still reads. */
  const produce = async (write: (chunk: string | Uint8Array) => Promise<boolean>) => {
    const device = await openQuietly();
    try {
      const sampler = await Sampler.create(device, {
        environment,
        policy,
        weights,
        seed,
        batchSize: Math.min(count, BATCH),
        name: `replica ${replica}`,
      });
      if (header !== undefined) await write(header);
      for await (const batch of sampler.stream(count)) {
        if (!(await write(encode(batch)))) break;
      }
    } finally {
      device.dispose();
    }
  };
  if (out === undefined) await produce(print);
  else await writeInPieces(out, produce);
  return 0;
}
