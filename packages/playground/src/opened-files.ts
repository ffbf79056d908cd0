/** Files that a visitor opens: runs that this page saved, and checkpoints. */
import { type Environment, makeEnvironment } from "@webgfn/envs";
import { decodeCheckpoint } from "@webgfn/sampler";
import { WebgfnError } from "@webgfn/tensor";
import { framesOf, type Recording } from "./recording.js";
import { type Settings, settingsOf } from "./settings.js";
import { configurationIn } from "./training/configuration.js";

/** A run that was saved with "Save this run". @throws WebgfnError `file` if it is something else. */
export function readRecording(name: string, bytes: Uint8Array): Recording {
  try {
    const read = JSON.parse(new TextDecoder().decode(bytes)) as Recording;
    if (framesOf(read).length > 0 && typeof read.hash === "string") return read;
  } catch {
    // The sentence below says it.
  }
  throw new WebgfnError("file", `${name} is not a run that this page saved`, { fix: 'choose a file that "Save this run" made' });
}

/** The settings of a checkpoint's training, with its model as the one objective. @throws WebgfnError `file` if it is damaged. */
export function settingsOfCheckpoint(name: string, bytes: Uint8Array): Settings {
  const given = settingsOf(configurationIn(decodeCheckpoint(bytes, name)));
  return { ...given, choices: [{ ...given.choices[0], file: name } as Settings["choices"][number]] };
}

/** Whether two settings have the same target, also if one of them leaves parameters to their defaults. */
export const haveSameTarget = (a: Settings, b: Settings): boolean => targetOf(a) === targetOf(b);

function targetOf({ environment, env, reward, beta }: Settings): string {
  return JSON.stringify([environment, sorted(makeEnvironment(environment, env).parameters), reward, beta]);
}

const sorted = (env: Environment["parameters"]) => Object.entries(env).sort(([a], [b]) => a.localeCompare(b));
