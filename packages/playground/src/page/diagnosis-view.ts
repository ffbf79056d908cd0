import type { Diagnosis } from "../diagnosis.js";
import { swatch } from "./colours.js";
import { make } from "./elements.js";

const MARKS = { untrained: "○", good: "✓", lost: "✗", learning: "…", far: "!" } as const;

/** The diagnoses as a list, each after its objective's name. */
export function diagnosisList(names: readonly string[], diagnoses: readonly Diagnosis[]): HTMLElement[] {
  return diagnoses.map(({ verdict, text }, n) => {
    const mark = make("span", { className: "mark", "aria-hidden": "true" }, MARKS[verdict]);
    return make(
      "li",
      { className: `is-${verdict}` },
      mark,
      make("p", {}, swatch(n) as unknown as Node, make("strong", {}, `${names[n]} `), text),
    );
  });
}
