import { WebgfnError } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { ADAPTER_OPTION } from "../adapter-option.js";
import type { Arguments, Command } from "../command.js";
import { print } from "../output.js";
import { requireFolderName } from "../output-file.js";

export const reproduce: Command = {
  name: "reproduce",
  summary: "run the paper's study, or the field's benchmarks, and compare (in a clone of the repository)",
  operands: "[benchmarks] [TASK…]",
  mostOperands: Number.POSITIVE_INFINITY,
  options: {
    out: {
      value: "DIR",
      text: "where its runs, results.csv, results.md, report.html and pictures go; what is there already is continued (default reproduction, or benchmarks)",
    },
    objective: { value: "NAME,…", text: "only runs of these objectives (default all of the study)" },
    peers: { value: "NAME,…", text: "benchmarks: libraries to train beside this one, torchgfn or gfnx, or none (default all)" },
    data: { value: "DIR", text: "benchmarks: tables of measurements, tfbind8.safetensors and qm9-small.safetensors (default: made up)" },
    quick: { text: "one in 25 of the paper's steps, or one in 4 of the benchmarks', to see that it works" },
    ...ADAPTER_OPTION,
    json: { text: "print the comparison as one JSON object" },
  },
  parameters: [],
  examples: ["reproduce sets", "reproduce --quick --out quick", "reproduce", "reproduce benchmarks hypergrid --quick"],
  run,
};

/** The first operand that selects the field's benchmarks; it is not a task of the paper. */
const BENCHMARKS = "benchmarks";

async function run({ values, switches, operands }: Arguments): Promise<number> {
  requireFolderName("--out", values.get("out"));
  const [first, ...others] = operands;
  const ofBenchmarks = first === BENCHMARKS;
  for (const option of ofBenchmarks ? ["objective"] : ["peers", "data"]) {
    if (!values.has(option)) continue;
    throw argumentError(`--${option} is ${ofBenchmarks ? "not for" : "for"} reproduce benchmarks`, "leave it out");
  }
  const { reproduce: runStudy, reproduceBenchmarks } = await loadStudies();
  const [objectives, peers, data] = [values.get("objective")?.split(","), values.get("peers")?.split(","), values.get("data")];
  const shared = { quick: switches.has("quick"), json: switches.has("json"), print };
  if (!ofBenchmarks) {
    const out = values.get("out") ?? "reproduction";
    return await runStudy({ ...shared, tasks: operands, out, ...(objectives === undefined ? {} : { objectives }) });
  }
  return await reproduceBenchmarks({
    ...shared,
    tasks: others,
    out: values.get("out") ?? BENCHMARKS,
    ...(peers === undefined ? {} : { peers }),
    ...(data === undefined ? {} : { data }),
  });
}

/** The paper's study is a private package: a clone of the repository has it, the package from npm does not. */
async function loadStudies(): Promise<typeof import("@webgfn/studies")> {
  try {
    return await import("@webgfn/studies");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new WebgfnError("argument", "the paper's study is not part of the package on npm", {
      fix: "clone the repository and run `npm start -- reproduce` there",
      cause,
    });
  }
}
