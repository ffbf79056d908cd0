import { basename } from "node:path";
import { WebgfnError } from "@webgfn/tensor";
import { type Configuration, completeConfiguration, FILE_PARAMETERS, type PartialConfiguration } from "./configuration.js";
import { readText } from "./run-folder.js";

/** Completes a configuration whose parameters may be files. One that cannot be used is bad usage, as any other value is. */
export function withParameterFiles(given: PartialConfiguration): Configuration {
  try {
    return completeConfiguration(readParameterFiles(given));
  } catch (cause) {
    if (cause instanceof WebgfnError && cause.code === "file") throw new WebgfnError("argument", cause.message, { cause });
    throw cause;
  }
}

/** Puts files in the place of parameters that name one, so that the configuration describes the run wherever it goes. */
function readParameterFiles(given: PartialConfiguration): PartialConfiguration {
  const env = { ...given.env };
  for (const parameter of FILE_PARAMETERS[given.environment ?? ""] ?? []) {
    const path = env[parameter];
    if (typeof path === "string" || typeof path === "number")
      env[parameter] = { name: basename(String(path)), text: readText(String(path)) };
  }
  return { ...given, env };
}
