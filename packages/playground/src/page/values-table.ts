import type { Picture } from "../protocol.js";
import { make, numberText } from "./elements.js";

/** Rows of the table. */
const MOST = 12;

/** The places with the largest target values, with the value of each objective: the picture for screen readers. */
export function valuesTable(picture: Picture, objectives: readonly string[]): HTMLElement {
  const { target, learned } = picture;
  const order = Array.from(target, (_, k) => k).sort((a, b) => (target[b] as number) - (target[a] as number));
  const name = (k: number): string => {
    if (!("columns" in picture)) return picture.names[k] ?? "";
    const [column, row] = [picture.columns[k % picture.columns.length], picture.rows[Math.floor(k / picture.columns.length)]];
    return picture.kind === "edges" ? `${row} → ${column}` : `(${column}, ${row})`;
  };
  const rows = order.slice(0, MOST).map((k) => {
    const values = [target, ...learned].map((each) => make("td", { className: "number" }, numberText(each[k] ?? Number.NaN)));
    return make("tr", {}, make("th", { scope: "row" }, name(k)), ...values);
  });
  const head = ["", "target", ...objectives.slice(0, learned.length)].map((text) =>
    text === "" ? make("td") : make("th", { scope: "col" }, text),
  );
  const shown = Math.min(MOST, target.length);
  return make(
    "table",
    { className: "values" },
    make("caption", {}, `The ${shown} largest values of the target, of ${target.length}`),
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...rows),
  );
}
