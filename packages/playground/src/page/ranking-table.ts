import type { RankingPicture } from "../protocol.js";
import { curveColour } from "./colours.js";
import { make, numberText, scrolling } from "./elements.js";
import { treeSvg } from "./trees.js";

/** The likeliest objects: a bar for the target and one for each objective, and their numbers. */
export function rankingTable({ kind, note, names, target, learned }: RankingPicture, objectives: readonly string[]): HTMLElement {
  const all = [target, ...learned];
  const most = all.reduce(
    (high, values) => values.reduce((top, value) => (Number.isFinite(value) ? Math.max(top, value) : top), high),
    1e-12,
  );
  const bar = (value: number, colour: string) => {
    const element = make("i");
    element.style.width = `${Number.isFinite(value) ? Math.min(100, (100 * value) / most) : 0}%`;
    element.style.background = colour;
    return element;
  };
  const head = ["object", "probability", "target", ...objectives].map((text) => make("th", { scope: "col" }, text));
  const rows = names.map((name, k) => {
    const label = make("th", { scope: "row" }, kind === "trees" ? (treeSvg(name) as unknown as Node) : name);
    const bars = all.map((values, n) => bar(values[k] ?? Number.NaN, n === 0 ? "var(--target)" : curveColour(n - 1)));
    const numbers = all.map((values) => make("td", { className: "number" }, numberText(values[k] ?? Number.NaN)));
    return make("tr", {}, label, make("td", {}, make("div", { className: "bars", "aria-hidden": "true" }, ...bars)), ...numbers);
  });
  const table = make(
    "table",
    { className: "ranking" },
    make("caption", {}, note),
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...rows),
  );
  return scrolling("Likeliest objects", table);
}
