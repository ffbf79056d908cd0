import type { Column } from "@webgfn/trainer";
import type { Frame } from "../protocol.js";
import { make, numberText } from "./elements.js";

/** Rows of the table. */
const MOST = 14;

/** The curves as a table at steps that grow by factors: for screen readers, and for exact values. */
export function curveTable(frames: readonly Frame[], names: readonly string[], columns: readonly Column[]): HTMLElement {
  const shown = columns.filter(({ errorOf }) => errorOf === undefined);
  const head = shown.flatMap(({ label }) => names.map((name) => make("th", { scope: "col" }, `${label}, ${name}`)));
  const rows = atPowers(frames).map(({ step, runs }) => {
    const cells = shown.flatMap(({ key }) =>
      names.map((_, n) => make("td", { className: "number" }, numberText(runs[n]?.values[key] ?? Number.NaN))),
    );
    return make("tr", {}, make("th", { scope: "row" }, String(step)), ...cells);
  });
  return make(
    "table",
    { className: "values" },
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "step"), ...head)),
    make("tbody", {}, ...rows),
  );
}

/** Frames at steps each about √2 times the one before, and the last. */
function atPowers(frames: readonly Frame[]): readonly Frame[] {
  const last = frames.at(-1);
  let next = 0;
  const kept = frames.filter((frame) => {
    if (frame.step < next && frame !== last) return false;
    next = Math.max(1, frame.step * 2);
    return true;
  });
  return kept.slice(-MOST);
}
