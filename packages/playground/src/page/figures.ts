import type { Frame } from "../protocol.js";
import { heatMapSvg } from "../take-away/heat-map-svg.js";
import type { SavedFigure } from "../take-away/index.js";
import { colour, cssShade } from "./colours.js";

/** The maps of a moment of training as files: the target, and what each objective has learned. Rankings are tables, and no files. */
export function mapFigures({ picture, step }: Pick<Frame, "step" | "picture">, names: readonly string[]): SavedFigure[] {
  if (!("across" in picture)) return [];
  const { target, learned, across, up } = picture;
  const highest = picture.kind === "edges" ? 1 : target.reduce((most, value) => Math.max(most, value), 0);
  const shade = (value: number) => cssShade(value).background;
  const figure = (title: string, values: Float32Array): SavedFigure => {
    const look = { title, across, up, shade, paper: colour("--paper"), ink: colour("--ink") };
    return {
      name: title.toLowerCase().replace(/[^\p{L}\p{N}.]+/gu, "-"),
      content: heatMapSvg({ ...picture, values, highest, smooth: false }, look),
    };
  };
  return [figure("Target", target), ...learned.map((values, n) => figure(`${names[n]}, step ${step}`, values))];
}
