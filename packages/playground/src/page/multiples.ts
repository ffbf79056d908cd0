import type { Diagnosis } from "../diagnosis.js";
import { distanceOf, labelOf } from "../diagnosis.js";
import type { Frame, MapPicture, Picture, RankingPicture, RunFrame } from "../protocol.js";
import { ColourBar } from "./colour-bar.js";
import { swatch } from "./colours.js";
import { edgeTable, sizesChart } from "./edge-views.js";
import { make, numberText, scrolling } from "./elements.js";
import { type Cells, HeatMap, type Place, peakWords } from "./heat-map.js";
import { rankingTable } from "./ranking-table.js";
import { valuesTable } from "./values-table.js";

/** The figure of an objective, or of the target. */
interface Panel {
  figure: HTMLElement;
  map: HeatMap;
  facts: HTMLElement;
}

/** The meaning of each picture's values. */
const WHAT = { cells: "probability of a cell", density: "density", edges: "probability of an edge" } as const;

/** The target and what every objective has learned, side by side on one scale. */
export class Multiples {
  readonly #place: HTMLElement;
  readonly #target = panel(make("strong", {}, "Target"));
  readonly #bar = new ColourBar();
  readonly #grid = make("div", { className: "multiples" });
  readonly #tables = make("div", { className: "tables" });
  readonly #values = scrolling("The picture as a table");
  readonly #asTable = make("details", {}, make("summary", {}, "The picture as a table"), this.#values);
  #names: readonly string[] = [];
  #panels: Panel[] = [];
  #frame: Frame | undefined;
  #diagnoses: readonly Diagnosis[] = [];

  constructor(place: HTMLElement) {
    this.#place = place;
    this.#asTable.addEventListener("toggle", () => this.#showValues());
  }

  /** The element over the target's map, for an editor's handles. */
  get targetFrame(): HTMLElement {
    return this.#target.map.frame;
  }

  /** Makes a panel for each objective. */
  reset(names: readonly string[]): void {
    this.#names = names;
    this.#panels = names.map((name, n) => panel(make("span", { className: "name" }, swatch(n) as unknown as Node, name)));
    this.#grid.replaceChildren(this.#target.figure, ...this.#panels.map(({ figure }) => figure));
    this.#tables.replaceChildren();
    this.#frame = undefined;
  }

  /** Shows a moment of training. */
  show(frame: Frame, diagnoses: readonly Diagnosis[]): void {
    this.#frame = frame;
    this.#diagnoses = diagnoses;
    const { picture } = frame;
    if (picture.kind === "cells" || picture.kind === "density") this.#showMaps(picture);
    else if (picture.kind === "edges") this.#showEdges(picture);
    else this.#showRanking(picture as RankingPicture);
    this.#showValues();
  }

  /** Shows only the target. */
  showTarget(picture: Picture): void {
    this.show({ step: 0, exactLogZ: null, runs: [], picture }, []);
  }

  #showMaps(picture: MapPicture): void {
    const { target, learned, kind } = picture;
    const highest = target.reduce((most, value) => Math.max(most, value), 0);
    const cells = (values: Float32Array): Cells => ({ ...picture, values, highest, smooth: kind === "density" });
    const words = (name: string, values: Float32Array) => `${name}: ${peakWords({ ...picture, values })}`;
    this.#target.map.show(cells(target), words("Target, largest", target));
    this.#panels.forEach(({ map, facts }, n) => {
      const values = learned[n] ?? new Float32Array(target.length);
      map.show(
        cells(values),
        learned[n] === undefined ? `${this.#names[n]}: not trained yet` : words(`Learned by ${this.#names[n]}`, values),
      );
      facts.replaceChildren(...this.#facts(n));
    });
    this.#bar.show(highest, WHAT[kind], false);
    this.#put(this.#grid, this.#bar.element);
  }

  #showEdges(picture: MapPicture): void {
    const tables = [picture.target, ...picture.learned].map((values, n) => {
      const caption = n === 0 ? [make("strong", {}, "Target")] : [swatch(n - 1) as unknown as Node, this.#names[n - 1] ?? ""];
      const facts = n === 0 ? [] : this.#facts(n - 1);
      const head = make("figcaption", {}, make("span", { className: "name" }, ...caption));
      return make(
        "figure",
        {},
        head,
        edgeTable(`Edges of ${n === 0 ? "the target" : this.#names[n - 1]}`, picture, values),
        make("p", { className: "facts" }, ...facts),
      );
    });
    const chart = picture.sizes === undefined ? [] : [sizesChart(picture.sizes, this.#names)];
    this.#tables.replaceChildren(make("div", { className: "multiples" }, ...tables), ...chart);
    this.#bar.show(1, WHAT.edges, true);
    this.#put(this.#tables, this.#bar.element);
  }

  #showRanking(picture: RankingPicture): void {
    const entries = this.#names.map((name, n) =>
      make(
        "li",
        {},
        make("span", { className: "name" }, swatch(n) as unknown as Node, name),
        make("span", { className: "facts" }, ...this.#facts(n)),
      ),
    );
    this.#tables.replaceChildren(make("ul", { className: "facts-list" }, ...entries), rankingTable(picture, this.#names));
    this.#put(this.#tables);
  }

  #put(...elements: HTMLElement[]): void {
    const wanted = [...elements, this.#asTable];
    const isThere = wanted.every((element, k) => this.#place.children[k] === element) && this.#place.childElementCount === wanted.length;
    if (!isThere) this.#place.replaceChildren(...wanted);
  }

  /** An objective's distance, and its missed share of the target. */
  #facts(n: number): (Node | string)[] {
    const run = this.#frame?.runs[n];
    if (run === undefined || this.#frame === undefined) return [];
    return factsOf(run, this.#frame, this.#diagnoses[n]);
  }

  #showValues(): void {
    if (!this.#asTable.open || this.#frame === undefined) return;
    this.#values.replaceChildren(valuesTable(this.#frame.picture, this.#names));
  }

  /** Redraws in the colours of the current light or dark mode. */
  refresh(): void {
    if (this.#frame !== undefined) this.show(this.#frame, this.#diagnoses);
  }

  /** Draws a trajectory's path over the map of its objective, if the picture is a map. */
  showPath(objective: number, path: readonly (readonly [number, number])[], reached: number): void {
    const picture = this.#frame?.picture;
    this.#panels.forEach(({ map }, n) => {
      if (n !== objective || picture === undefined || !("columns" in picture)) map.showPath([], 0);
      else map.showPath(path.map(placeIn(picture)), reached);
    });
  }
}

function panel(title: Node): Panel {
  const map = new HeatMap();
  const facts = make("p", { className: "facts" });
  return { map, facts, figure: make("figure", {}, make("figcaption", {}, title), map.element, facts) };
}

function placeIn(picture: MapPicture): (point: readonly [number, number]) => Place {
  if (picture.window === undefined) {
    const [width, height] = [picture.columns.length, picture.rows.length];
    return ([x, y]) => [(x + 0.5) / width, (y + 0.5) / height];
  }
  const [left, right, bottom, top] = picture.window;
  return ([x, y]) => [(x - left) / (right - left), (y - bottom) / (top - bottom)];
}

/** The meaning of the numbers below a picture. */
const MEANINGS = {
  l1: "L1 sums |sampled − target| over all objects: 0 is perfect, 2 the worst.",
  js: "The Jensen–Shannon divergence: 0 is perfect, 0.69 the worst.",
  missed: "The share of the target in objects that it samples at less than a tenth of their rate.",
  logZ: "log Z, the logarithm of the sum of all rewards, as estimated or learned. Too low: a part of the reward was never found.",
} as const;

/** The text of an objective's facts: `L1 1.50`, `misses 75 %`, `log Z 1.88, exact 3.26`. */
function factsOf(run: RunFrame, { step, exactLogZ }: Frame, diagnosis: Diagnosis | undefined): HTMLElement[] {
  if (run.step === 0 && step > 0) return [make("span", { className: "faint" }, "waits for its turn")];
  const { values, missed } = run;
  const distance = distanceOf(values);
  const logZ = values["logZ"] ?? Number.NaN;
  const parts: HTMLElement[] = [];
  if (distance !== undefined)
    parts.push(make("span", { title: MEANINGS[distance.key] }, `${labelOf(distance.key)} ${numberText(distance.value)}`));
  if (missed !== null) {
    const isLost = diagnosis?.verdict === "lost";
    parts.push(make("span", { className: isLost ? "lost" : "", title: MEANINGS.missed }, `mass missed ${percentText(missed)}`));
  }
  if (Number.isFinite(logZ)) {
    parts.push(
      make("span", { title: MEANINGS.logZ }, `log Z ${logZ.toFixed(2)}${exactLogZ === null ? "" : ` (exact ${exactLogZ.toFixed(2)})`}`),
    );
  }
  if (run.step !== step) parts.push(make("span", { className: "faint" }, `step ${run.step}`));
  return parts;
}

function percentText(share: number): string {
  if (share > 0 && share < 0.005) return "< 1 %";
  return `${Math.round(100 * share)} %`;
}
