import { type DataFile, type Environment, type Reward, type SampledObject, type TableOptions, tableReward } from "@webgfn/envs";
import { checkSize, encodeObject } from "@webgfn/envs/internal";
import { WebgfnError } from "@webgfn/tensor";
import { inBrief, shownName } from "@webgfn/tensor/internal";
import { line } from "../json.js";
import { recordColumns } from "../objects/columns.js";
import type { FoundObject, ObjectBytes } from "../objects/found-object.js";
import { isNpy, isPlainNpy, npyNumbers } from "../objects/npy.js";
import { foundObjects } from "../objects/read-objects.js";
import { isSafetensors, tensorsIn } from "../objects/tensors.js";

/** Names of a file's columns with log R, and with R. */
const LOG = ["logReward", "log_reward", "logR", "log_r"];
const LINEAR = ["reward", "R", "value", "y", "score"];

/** A table of rewards as a configuration stores it, and its reward. */
export interface GivenRewards {
  /** JSON lines, converted from the file's own form: `{"object":…,"reward":…}`, or one line `{"byIndex":[…]}`. */
  file: DataFile;
  reward: Reward;
}

/**
 * Reads a table of rewards. It has either objects in a form that `readObjects` reads, with a column `reward` (R) or `logReward` (log R), or
 * numbers in the order of the environment's state index: a NumPy array, or safetensors with only the tensor `reward` or `logReward`.
 *
 * @param options how numbers become log R. The default scale follows from the column's name; an array without a name holds log R.
 * @throws WebgfnError `file` with the fault and its place; `argument` for invalid options.
 */
export function givenRewards(environment: Environment, file: DataFile | ObjectBytes, options: TableOptions = {}): GivenRewards {
  const numbers = numbersByIndex(environment, file);
  if (numbers !== undefined) {
    const { byIndex, scale = "log" } = numbers;
    const text = line({ byIndex, ...(scale === "linear" && { scale }) });
    return { file: { name: file.name, text }, reward: tableReward({ byIndex }, { scale, ...options }) };
  }
  const objects: SampledObject[] = [];
  const values: number[] = [];
  let column: string | undefined;
  for (const found of foundObjects(environment, file)) {
    column ??= columnIn(Object.keys(found.others ?? {}), found.place);
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
  return { file: { name: file.name, text }, reward: tableReward({ objects, values }, { scale: scaleOf(name), ...options }) };
}

/** A number, also as a text; NaN for anything else, such as an empty cell. */
function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}

const scaleOf = (column: string) => (LOG.includes(column) ? "log" : "linear");

/** Numbers by state index, as a configuration stores them. */
interface IndexedNumbers {
  byIndex: number[];
  /** Whether the numbers are log R (`log`, default) or R (`linear`). */
  scale?: "log" | "linear";
}

/** The numbers of an array, or of a configuration that stores one; undefined if the file contains objects. */
function numbersByIndex(environment: Environment, file: DataFile | ObjectBytes): IndexedNumbers | undefined {
  if (!("bytes" in file)) return file.text.startsWith('{"byIndex":') ? (JSON.parse(file.text) as IndexedNumbers) : undefined;
  if (isNpy(file.bytes)) return isPlainNpy(file) ? { byIndex: npyNumbers(file) } : undefined;
  if (!isSafetensors(file.bytes)) return undefined;
  const { tensors } = tensorsIn(file);
  const columns = recordColumns(environment);
  if (columns.available && columns.value.columns.some(({ name }) => Object.hasOwn(tensors, name))) return undefined;
  const column = columnIn(Object.keys(tensors), file.name);
  return { byIndex: [...(tensors[column]?.numbers ?? [])], scale: scaleOf(column) };
}

function columnIn(names: readonly string[], place: string): string {
  const column = [...LOG, ...LINEAR].find((name) => names.includes(name));
  if (column !== undefined) return column;
  throw new WebgfnError(
    "file",
    `${place}: expected rewards as ${LOG[0]} or ${LINEAR[0]}, found ${names.map((name) => shownName(name)).join(", ") || "nothing"}`,
  );
}

function encoded(environment: Environment, { value, place }: FoundObject): Uint32Array {
  try {
    return encodeObject(environment, value as SampledObject);
  } catch (cause) {
    throw new WebgfnError("file", `${place}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
