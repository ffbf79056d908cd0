import { type DataFile, type Environment, type Reward, type SampledObject, type TableOptions, tableReward } from "@webgfn/envs";
import { checkSize, encodeObject } from "@webgfn/envs/internal";
import { WebgfnError } from "@webgfn/tensor";
import { inBrief } from "@webgfn/tensor/internal";
import { line } from "../json.js";
import type { FoundObject, ObjectBytes } from "../objects/found-object.js";
import { isNpy, npyNumbers } from "../objects/npy.js";
import { foundObjects } from "../objects/read-objects.js";

/** Names of a file's column with log R, and with R. */
const LOG = ["logReward", "log_reward", "logR", "log_r"];
const LINEAR = ["reward", "R", "value", "y", "score"];

/** A table of rewards as a configuration keeps it, and the reward. */
export interface GivenRewards {
  /** JSON lines, whichever form the file had: `{"object":…,"reward":…}`, or one line `{"byIndex":[…]}`. */
  file: DataFile;
  reward: Reward;
}

/**
 * Reads a table of rewards: objects in a form that `readObjects` reads, each beside a column `reward` (R) or `logReward` (log R), or a NumPy
 * array of numbers in the order of the environment's state index.
 *
 * @param options how numbers become log R. The scale is by default that of the column's name; an array holds log R.
 * @throws WebgfnError `file` with what is wrong and where; `argument` for options that are not acceptable.
 */
export function givenRewards(environment: Environment, file: DataFile | ObjectBytes, options: TableOptions = {}): GivenRewards {
  const numbers = numbersByIndex(file);
  if (numbers !== undefined) {
    const text = line({ byIndex: [...numbers] });
    return { file: { name: file.name, text }, reward: tableReward({ byIndex: numbers }, options) };
  }
  const objects: SampledObject[] = [];
  const values: number[] = [];
  let column: string | undefined;
  for (const found of foundObjects(environment, file)) {
    column ??= columnIn(found);
    const given = found.others?.[column];
    const value = numberOf(given);
    if (Number.isNaN(value)) throw new WebgfnError("file", `${found.place}: expected a number as ${column}, found ${inBrief(given)}`);
    objects.push(environment.decode(encoded(environment, found)));
    values.push(value);
  }
  if (column === undefined) throw new WebgfnError("file", `${file.name}: expected objects, each beside its reward, found none`);
  const name = column;
  const text = objects.map((object, n) => line({ object, [name]: values[n] })).join("");
  checkSize(`${file.name} as JSON lines`, text.length);
  const scale = LOG.includes(name) ? "log" : "linear";
  return { file: { name: file.name, text }, reward: tableReward({ objects, values }, { scale, ...options }) };
}

/** A number, also as a text; NaN for anything else, such as an empty cell. */
function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}

/** The numbers of an array, and of a configuration that keeps one. */
function numbersByIndex(file: DataFile | ObjectBytes): number[] | undefined {
  if ("bytes" in file) return isNpy(file.bytes) ? npyNumbers(file) : undefined;
  if (!file.text.startsWith('{"byIndex":')) return undefined;
  return (JSON.parse(file.text) as { byIndex: number[] }).byIndex;
}

function columnIn({ others = {}, place }: FoundObject): string {
  const names = Object.keys(others);
  const column = [...LOG, ...LINEAR].find((name) => names.includes(name));
  if (column !== undefined) return column;
  throw new WebgfnError(
    "file",
    `${place}: expected the object's reward, as ${LOG[0]} or ${LINEAR[0]}, found ${names.join(", ") || "nothing"} beside it`,
  );
}

function encoded(environment: Environment, { value, place }: FoundObject): Uint32Array {
  try {
    return encodeObject(environment, value as SampledObject);
  } catch (cause) {
    throw new WebgfnError("file", `${place}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
