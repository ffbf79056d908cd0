import { largestOf, smallestOf } from "@webgfn/tensor/internal";
import { numberText } from "../numbers.js";
import { colourOf, detailsOf, element, shape, table } from "./elements.js";
import { type Candidate, finalOf, inRank } from "./pooling.js";
import type { SettingAxis } from "./setting-axes.js";
import { classAt, describe, type View } from "./view.js";

const SIZE = { width: 340, height: 240 };
const MARGIN = { left: 52, right: 8, top: 10, bottom: 34 };
/** Most values of a setting with separate places on the axis. */
const MOST_PLACES = 12;
/** Smallest ratio of the largest number to the smallest one for a logarithmic axis. */
const LOGARITHMIC = 20;
/** Share of the width of a value's place that its dots occupy. */
const SPREAD = 0.5;
/** Approximate width of a letter of a tick. */
const LETTER = 6.5;
/** Most environments with panels. */
const MOST_PANELS = 12;

/** An axis of a drawing. */
interface Scale {
  place(value: number): number;
  ticks: readonly { at: number; text: string }[];
}

/** Draws the metric after training against each varying setting, for each environment. */
export function drawStrips(container: HTMLElement, view: View): void {
  const { data, candidates } = view;
  const problems = [...new Set(candidates.map(({ problem }) => problem))].sort((a, b) => a - b);
  const colours = data.axes[view.colour];
  container.replaceChildren(
    ...(colours === undefined
      ? []
      : [
          keyOf(
            colours,
            candidates.map((each) => classAt(data, each, view.colour)),
          ),
        ]),
    ...problems.slice(0, MOST_PANELS).flatMap((problem) => {
      const own = candidates.filter((each) => each.problem === problem && finalOf(each, view.metric) !== undefined);
      if (own.length === 0) return [];
      const strips = data.axes.flatMap((axis, a) => (new Set(own.map(({ at }) => at[a])).size > 1 ? [stripOf(view, own, axis, a)] : []));
      if (strips.length === 0) return [];
      const grid = element("div", { class: "strips" }, ...strips);
      return data.problems.length > 1 ? [element("h3", {}, data.problems[problem] ?? ""), grid] : [grid];
    }),
  );
  if (container.querySelector("svg") === null)
    container.replaceChildren(element("p", {}, "There is nothing to draw: no setting varies among what the filters leave."));
}

/** The colours of dots. */
function keyOf({ key, classes }: SettingAxis, used: readonly number[]): HTMLElement {
  const found = [...new Set(used)].sort((a, b) => a - b);
  const items = found.map((number) => {
    const dot = element("span", { class: "dot", style: `background:${colourOf(number)}` });
    return element("li", {}, dot, `${key === "objective" ? "" : `${key} `}${classes[number]}`);
  });
  return element("ul", { class: "key" }, ...items);
}

function stripOf(view: View, candidates: readonly Candidate[], axis: SettingAxis, a: number): HTMLElement {
  const { data, metric, colour } = view;
  const { label = "", direction } = data.metrics[metric] ?? {};
  const valueIn = (each: Candidate) => finalOf(each, metric) as number;
  const down = verticalScale(candidates.map(valueIn), view.logarithmic);
  const found = [...new Set(candidates.map(({ at }) => at[a] as number))].sort((one, other) => one - other);
  const across = horizontalScale(axis, found);
  const width = found.length > MOST_PLACES ? 0 : ((SIZE.width - MARGIN.left - MARGIN.right) / found.length) * SPREAD;
  const xOf = ({ at, index }: Candidate) => across.place(at[a] as number) + width * (((index * 0.618034) % 1) - 0.5);
  const best = direction === undefined ? undefined : inRank(candidates, metric, direction)[0];
  const left = MARGIN.left;
  const right = SIZE.width - MARGIN.right;
  const bottom = SIZE.height - MARGIN.bottom;
  const medians =
    found.length > MOST_PLACES
      ? []
      : found.map((value) => ({ value, median: medianOf(candidates.filter(({ at }) => at[a] === value).map(valueIn)) }));
  const svg = shape(
    "svg",
    {
      viewBox: `0 0 ${SIZE.width} ${SIZE.height}`,
      role: "img",
      "aria-label": `${label} by ${axis.key}. ${medians.map(({ value, median }) => `${axis.values[value]}: median ${numberText(median)}`).join(", ")}`,
    },
    ...down.ticks.flatMap(({ at, text }) => [
      shape("line", { class: "grid", x1: left, x2: right, y1: at, y2: at }),
      shape("text", { x: left - 6, y: at + 4, "text-anchor": "end" }, text),
    ]),
    ...across.ticks.map(({ at, text }) => shape("text", { x: at, y: bottom + 16, "text-anchor": "middle" }, text)),
    ...candidates.map((each) =>
      shape(
        "circle",
        {
          cx: xOf(each).toFixed(1),
          cy: down.place(valueIn(each)).toFixed(1),
          r: 3.5,
          style: `fill:${colourOf(classAt(data, each, colour))}`,
        },
        shape("title", {}, `${describe(data, each)}: ${label} ${numberText(valueIn(each))}`),
      ),
    ),
    ...medians.map(({ value, median }) => {
      const [x, y] = [across.place(value), down.place(median)];
      return shape("line", { class: "median", x1: x - width / 2 - 3, x2: x + width / 2 + 3, y1: y, y2: y });
    }),
    ...(best === undefined ? [] : [shape("circle", { class: "best", cx: xOf(best), cy: down.place(valueIn(best)), r: 7 })]),
  );
  return element(
    "figure",
    { class: "strip" },
    element("figcaption", {}, element("b", {}, `${label} by ${axis.key}`)),
    svg as unknown as Node,
    detailsOf("Numbers", () => numbersOf(view, candidates, axis, a)),
  );
}

/** The vertical scale, linear or logarithmic. */
function verticalScale(values: readonly number[], wanted: boolean): Scale {
  const [low, high] = [smallestOf(values), largestOf(values)];
  const logarithmic = wanted && low > 0;
  const to = (value: number) => (logarithmic ? Math.log10(value) : value);
  const pad = (to(high) - to(low)) * 0.05 || Math.abs(to(high)) * 0.05 || 1;
  const [from, until] = [to(low) - pad, to(high) + pad];
  const top = MARGIN.top;
  const bottom = SIZE.height - MARGIN.bottom;
  const place = (value: number) => bottom - ((to(value) - from) / (until - from)) * (bottom - top);
  const ticks = logarithmic ? logarithmicTicks(10 ** from, 10 ** until) : linearTicks(from, until);
  return { place, ticks: ticks.map((value) => ({ at: place(value), text: numberText(value) })) };
}

/** The horizontal scale: a few values stand side by side, more are placed by their size. */
function horizontalScale({ values, numbers }: SettingAxis, found: readonly number[]): Scale {
  const left = MARGIN.left;
  const width = SIZE.width - MARGIN.left - MARGIN.right;
  if (numbers === undefined || found.length <= MOST_PLACES) {
    const place = (value: number) => left + ((found.indexOf(value) + 0.5) / found.length) * width;
    const shown = found.length <= MOST_PLACES ? found : [found[0] as number, found.at(-1) as number];
    return {
      place,
      ticks: shown.map((value) => ({ at: place(value), text: cut(values[value] as string, width / shown.length / LETTER) })),
    };
  }
  const used = found.map((value) => numbers[value] as number);
  const [low, high] = [smallestOf(used), largestOf(used)];
  const logarithmic = low > 0 && high / low >= LOGARITHMIC;
  const to = (value: number) => (logarithmic ? Math.log10(value) : value);
  const at = (value: number) => left + 8 + ((to(value) - to(low)) / (to(high) - to(low))) * (width - 16);
  const ticks = logarithmic ? logarithmicTicks(low, high) : linearTicks(low, high);
  return { place: (value) => at(numbers[value] as number), ticks: ticks.map((value) => ({ at: at(value), text: numberText(value) })) };
}

/** Powers of ten, and, for a small range, 2 and 5 times them or all their multiples. */
function logarithmicTicks(low: number, high: number): number[] {
  const range = Math.log10(high / low);
  if (range < 0.3) return linearTicks(low, high);
  const factors = range > 3 ? [1] : range > 1.3 ? [1, 3] : [1, 2, 5];
  const every = Math.max(1, Math.ceil(range / 6));
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.log10(high); exponent++)
    if (exponent % every === 0) for (const factor of factors) ticks.push(factor * 10 ** exponent);
  return ticks.filter((tick) => tick >= low && tick <= high);
}

function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) as number) * power;
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

function cut(text: string, letters: number): string {
  return text.length > letters ? `${text.slice(0, Math.max(1, Math.floor(letters) - 1))}…` : text;
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** For each value, or range of values: the number of combinations, their median and the best of them. */
function numbersOf({ data, metric }: View, candidates: readonly Candidate[], axis: SettingAxis, a: number): HTMLElement {
  const { label = "", direction } = data.metrics[metric] ?? {};
  const rows = axis.classes.flatMap((name, number) => {
    const own = candidates.filter((each) => classAt(data, each, a) === number);
    if (own.length === 0) return [];
    const [best] = direction === undefined ? [] : inRank(own, metric, direction);
    return [
      [
        name,
        String(own.length),
        numberText(medianOf(own.map((each) => finalOf(each, metric) as number))),
        ...(direction === undefined ? [] : [best === undefined ? "–" : numberText(finalOf(best, metric) as number)]),
      ],
    ];
  });
  return table(`${label} by ${axis.key}`, [axis.key, "settings", "median", ...(direction === undefined ? [] : ["best"])], rows);
}
