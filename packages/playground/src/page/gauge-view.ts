import type { Report } from "../protocol.js";
import { make, numberText } from "./elements.js";

/** Number of decades on the bars' logarithmic scale. */
const DECADES = 4;

/** Two bars: the trace of the gradient's covariance without and with control variates, on a logarithmic scale. */
export function gaugeView(report: Extract<Report, { type: "variance" }>, colour: string): HTMLElement {
  if ("unavailable" in report) return make("p", { className: "faint" }, report.unavailable);
  const { without, estimator, batches, batchSize } = report;
  const highest = Math.max(without, report.with);
  const bar = (value: number, background: string) => {
    const element = make("i");
    const share = value > 0 ? 1 + Math.log10(value / highest) / DECADES : 0;
    Object.assign(element.style, { width: `${Math.max(1, 100 * share)}%`, background });
    return make("div", { "aria-hidden": "true" }, element);
  };
  const ratio = without / report.with;
  const words =
    estimator === "none"
      ? "This objective is trained without control variates."
      : `Control variates (${estimator}) make it ${numberText(ratio >= 1 ? ratio : 1 / ratio)} times ${ratio >= 1 ? "smaller" : "larger"}.`;
  return make(
    "div",
    {},
    make(
      "div",
      { className: "meter" },
      make("span", {}, "none"),
      bar(without, "var(--target)"),
      make("span", {}, numberText(without)),
      make("span", {}, estimator),
      bar(report.with, colour),
      make("span", {}, numberText(report.with)),
    ),
    make("p", { className: "faint" }, `${words} Trace of the covariance over ${batches} batches of ${batchSize}, logarithmic bars.`),
  );
}
