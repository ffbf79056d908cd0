import { makeEnvironment } from "@webgfn/envs";
import { bananaLogDensity, funnelLogDensity, hypergrid, manyWellLogReward } from "@webgfn/reference";
import type { MapPicture } from "./protocol.js";
import type { Settings } from "./settings.js";
import { editorOf } from "./target.js";

/** Cells along each axis of a density. */
const CELLS = 40;
/** Variables of graphs whose exact edge probabilities take no time. */
const MOST_VARIABLES = 4;

/**
 * The picture of only the target, computed without a GPU: for the time until the GPU's kernels are compiled, and for browsers without a GPU.
 * `undefined` if there is no formula for the target.
 */
export function hostTarget({ environment, env, reward, beta }: Settings): MapPicture | undefined {
  if (reward !== "" || beta !== 1) return undefined;
  // Other environments are made only in the worker: it may take so long that it would block the page.
  const isSmall = environment === "dags" && env["data"] === undefined && Number(env["variables"]) <= MOST_VARIABLES;
  if (!isSmall && !["hypergrid", "gaussian-mixture", "banana", "funnel", "many-well"].includes(environment)) return undefined;
  const { picture } = makeEnvironment(environment, env).objects;
  if (picture.kind === "edges" && picture.exactMarginals.available) {
    const { names } = picture;
    const target = Float32Array.from(picture.exactMarginals.value().flat(), (value) => (Number.isNaN(value) ? 0 : value));
    return { kind: "edges", columns: names, rows: names, across: "to", up: "from", target, learned: [] };
  }
  if (environment === "hypergrid" && picture.kind === "cells") {
    const { rewardFamily, ...sizes } = makeEnvironment(environment, env).parameters;
    if (rewardFamily !== "original") return undefined;
    const { logReward } = hypergrid(sizes as unknown as Parameters<typeof hypergrid>[0]);
    const rewards = picture.rows.flatMap((_, row) =>
      picture.columns.map((__, x) => Math.exp(logReward({ coordinates: [x, picture.rows.length - 1 - row], stopped: true }))),
    );
    const { columns, rows } = picture;
    return { kind: "cells", ...picture.axes, columns, rows: [...rows].reverse(), target: normalised(rewards, 1), learned: [] };
  }
  if (picture.kind !== "density") return undefined;
  const density = densityOf(environment, env);
  if (density === undefined) return undefined;
  const editor = editorOf(environment);
  const window = editor?.kind === "points" ? editor.window : picture.window;
  const [left, right, bottom, top] = window;
  const columns = middles(left, right);
  const rows = middles(top, bottom);
  const values = rows.flatMap((y) => columns.map((x) => density([x, y])));
  const names = (list: readonly number[]) => list.map((value) => value.toFixed(2));
  const area = ((right - left) * (top - bottom)) / CELLS ** 2;
  return {
    kind: "density",
    ...picture.axes,
    window,
    columns: names(columns),
    rows: names(rows),
    target: normalised(values, area),
    learned: [],
  };
}

const middles = (from: number, to: number) => Array.from({ length: CELLS }, (_, k) => from + ((k + 0.5) * (to - from)) / CELLS);

/** Values as probabilities of cells, or as a density over cells of an area. */
function normalised(values: readonly number[], area: number): Float32Array {
  const sum = values.reduce((total, value) => total + value, 0) * area;
  return Float32Array.from(values, (value) => value / sum);
}

/** The density of a target in the plane, up to a constant. */
function densityOf(environment: string, env: Settings["env"]): ((point: [number, number]) => number) | undefined {
  if (environment === "banana") return (point) => Math.exp(bananaLogDensity(point));
  if (environment === "funnel") return (point) => Math.exp(funnelLogDensity({ deviation: Number(env["deviation"]) }, point));
  if (environment === "many-well") return (point) => Math.exp(manyWellLogReward(point));
  if (environment !== "gaussian-mixture") return undefined;
  const means = env["means"] as [number, number][];
  const weights = (env["weights"] ?? means.map(() => 1)) as number[];
  const variance = Number(env["variance"]);
  return ([x, y]) =>
    means.reduce((sum, [a, b], k) => sum + (weights[k] ?? 1) * Math.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * variance)), 0);
}
