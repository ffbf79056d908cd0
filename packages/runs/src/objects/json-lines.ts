import type { DataFile } from "@webgfn/envs";
import { eachLine, fault, quoted } from "@webgfn/envs/internal";
import type { FoundObject } from "./found-object.js";

/** Possible reasons why a line is not JSON, as the end of a sentence. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/^\s*\{\s*('|[A-Za-z_]\w*\s*:)/, "; JSON has double quotes around texts and names"],
  [/\b(NaN|Infinity|None|True|False|undefined)\b/, "; JSON has no NaN, Infinity, None, True and False"],
  [/\}\s*,\s*$/, "; no comma stands between lines"],
];
/** Reason for other lines: the file may end in the middle of the line, or an object may continue in the next one. */
const CUT_OFF = "; the file may be cut off";
const SPREAD = "; each object must stand on one line, as `jq -c .` writes it";

/**
 * The objects of JSON lines: each line is an object, or has it in the field `object` next to further fields. Empty lines are allowed at the
 * end.
 *
 * @throws WebgfnError `file` with the line, what was found there, and a possible reason.
 */
export function* jsonObjects(file: DataFile, text: string): Generator<FoundObject> {
  const content = text.trimEnd();
  const isEnded = content.length < text.length;
  let end = 0;
  for (const { text: line, number } of eachLine(content)) {
    end += line.length + 1;
    if (!/\S/.test(line)) throw fault(file, number, "expected a JSON object, found an empty line");
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      const isCut = !isEnded && end >= content.length;
      const cause = CAUSES.find(([sign]) => sign.test(line))?.[1] ?? (isCut ? CUT_OFF : /[{[,]\s*$/.test(line) ? SPREAD : "");
      throw fault(file, number, `expected a JSON object, found ${quoted(line.trim())}${cause}`);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw fault(file, number, `expected a JSON object, found ${quoted(line.trim())}`);
    }
    const { object, ...others } = value as Record<string, unknown>;
    yield { value: "object" in value ? object : value, others, place: `${file.name}:${number}` };
  }
}
