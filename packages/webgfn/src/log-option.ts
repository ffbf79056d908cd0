import { LOG_FORMATS, type LogFormat } from "@webgfn/runs/node/internal";
import { argumentError, unknownWord } from "@webgfn/tensor/internal";
import type { Arguments, OptionTable } from "./command.js";

/** The option of commands that train in a folder. */
export const LOG_OPTION: OptionTable = {
  log: {
    value: LOG_FORMATS.join("|"),
    text: "with a folder: also write evaluations as event files to DIR/tensorboard, a folder for each seed",
  },
};

/** The value of `--log`. @throws WebgfnError `argument` for an unknown format, or if there is no folder to write to. */
export function logFormat({ values }: Arguments): LogFormat | undefined {
  const given = values.get("log");
  if (given === undefined) return undefined;
  const format = LOG_FORMATS.find((each) => each === given);
  if (format === undefined) throw unknownWord("a format of --log", given, LOG_FORMATS);
  if (!values.has("out") && !values.has("resume")) {
    throw argumentError(`--log ${format} writes to the run's folder, and none is given`, "add --out DIR");
  }
  return format;
}

/** `--log` as it was given, for a command line that resumes the run. */
export function logOption({ values }: Arguments): string[] {
  const format = values.get("log");
  return format === undefined ? [] : ["--log", format];
}
