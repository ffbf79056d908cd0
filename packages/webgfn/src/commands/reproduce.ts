import { WebgfnError } from "@webgfn/tensor";
import { ADAPTER_OPTION } from "../adapter-option.js";
import type { Arguments, Command } from "../command.js";
import { print } from "../output.js";
import { requireFolderName } from "../output-file.js";

export const reproduce: Command = {
  name: "reproduce",
  summary: "run the paper's study and compare with its results (in a clone of the repository)",
  operands: "[TASK…]",
  mostOperands: Number.POSITIVE_INFINITY,
  options: {
    out: {
      value: "DIR",
      text: "where its runs, results.csv, results.md, report.html and pictures go; what is there already is continued (default reproduction)",
    },
    objective: { value: "NAME,…", text: "only runs of these objectives (default all of the study)" },
    quick: { text: "one in 25 of the paper's steps, to see that it works" },
    ...ADAPTER_OPTION,
    json: { text: "print the comparison as one JSON object" },
  },
  parameters: [],
  examples: ["reproduce sets", "reproduce --quick --out quick", "reproduce"],
  run,
};

async function run({ values, switches, operands }: Arguments): Promise<number> {
  requireFolderName("--out", values.get("out"));
  const { reproduce: runStudy } = await loadStudies();
  const objectives = values.get("objective")?.split(",");
  return await runStudy({
    tasks: operands,
    ...(objectives === undefined ? {} : { objectives }),
    out: values.get("out") ?? "reproduction",
    quick: switches.has("quick"),
    json: switches.has("json"),
    print,
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
