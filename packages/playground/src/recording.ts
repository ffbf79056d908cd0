import type { Column } from "@webgfn/trainer";
import type { Frame, MapPicture, Picture, Point, RankingPicture, RunFrame, Values } from "./protocol.js";

/** A recorded run: everything that the page shows of it, in a few tens of kilobytes of JSON. */
export interface Recording {
  /** The settings, in the form of an address. */
  hash: string;
  /** The adapter that it was trained on. */
  adapter: string;
  columns: readonly Column[];
  /** The parts that all frames share, such as names of rows and columns. */
  picture: Record<string, unknown>;
  target: string;
  sizes?: string;
  frames: readonly RecordedFrame[];
}

interface RecordedFrame {
  exactLogZ: number | null;
  runs: readonly RunFrame[];
  learned: readonly string[];
  sizes?: readonly string[];
}

const LEVELS = 255;
/** Significant digits of a column's value. */
const DIGITS = 4;

/** Packs values from 0 as `largest:base64` of bytes on a square-root scale: small values keep more of their digits. */
function packed(values: Float32Array): string {
  const most = values.reduce((high, value) => Math.max(value, high), 0);
  const bytes = Array.from(values, (value) => (most > 0 && value > 0 ? Math.round(LEVELS * Math.sqrt(value / most)) : 0));
  return `${Number(most.toPrecision(DIGITS + 1))}:${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
}

function unpacked(text: string): Float32Array {
  const colon = text.indexOf(":");
  const most = Number(text.slice(0, colon));
  const bytes = atob(text.slice(colon + 1));
  return Float32Array.from(bytes, (byte) => most * (byte.charCodeAt(0) / LEVELS) ** 2);
}

/**
 * Records frames of one target.
 *
 * @param most frames to keep: the last one, and others evenly by the logarithm of their steps.
 */
export function recorded(
  frames: readonly Frame[],
  { hash, adapter, columns }: Pick<Recording, "hash" | "adapter" | "columns">,
  most = 40,
): Recording {
  const kept = spread(frames, most);
  const last = kept.at(-1);
  if (last === undefined) throw new Error("there is nothing to record");
  const { target, learned: _, ...picture } = last.picture;
  const sizes = "sizes" in picture ? picture.sizes : undefined;
  const keys = new Set(["loss", "logZ", "logZEstimate", "effectiveSampleSize", ...columns.map(({ key }) => key)]);
  const briefly = (values: Point): Point =>
    Object.fromEntries(
      Object.entries(values).flatMap(([key, value]) =>
        keys.has(key) && Number.isFinite(value) ? [[key, Number(value.toPrecision(DIGITS))]] : [],
      ),
    );
  return {
    hash,
    adapter,
    columns,
    picture: { ...picture, ...(sizes && { sizes: null }) },
    target: packed(target),
    ...(sizes && { sizes: packed(sizes.target) }),
    frames: kept.map((frame) => ({
      exactLogZ: frame.exactLogZ === null ? null : Number(frame.exactLogZ.toPrecision(DIGITS + 2)),
      runs: frame.runs.map(({ step, values, missed }) => ({
        step,
        values: briefly(values),
        missed: missed === null ? null : Number(missed.toPrecision(DIGITS)),
      })),
      learned: frame.picture.learned.map(packed),
      ...("sizes" in frame.picture && frame.picture.sizes && { sizes: frame.picture.sizes.learned.map(packed) }),
    })),
  };
}

/** The frames of a recording. */
export function framesOf({ picture, target, sizes, frames }: Recording): Frame[] {
  const common = { ...picture, target: unpacked(target) };
  const ofSizes = sizes === undefined ? undefined : unpacked(sizes);
  return frames.map(({ exactLogZ, runs, learned, sizes: learnedSizes = [] }) => {
    const values: Values = { target: common.target, learned: learned.map(unpacked) };
    const withSizes = ofSizes && { sizes: { target: ofSizes, learned: learnedSizes.map(unpacked) } };
    const drawn = { ...common, ...values, ...withSizes } as unknown as MapPicture | RankingPicture as Picture;
    return { step: runs.reduce((most, { step }) => Math.max(most, step), 0), exactLogZ, runs, picture: drawn };
  });
}

/** At most so many frames: the last one, and those nearest to even places on a logarithmic scale of steps. */
function spread(frames: readonly Frame[], most: number): readonly Frame[] {
  if (frames.length <= most) return frames;
  const last = Math.log(1 + (frames.at(-1)?.step ?? 0));
  const kept = new Set<Frame>();
  for (let k = 0; k < most; k++) {
    const wanted = (k * last) / (most - 1);
    const distance = ({ step }: Frame) => Math.abs(Math.log(1 + step) - wanted);
    const free = frames.filter((frame) => !kept.has(frame));
    kept.add(free.reduce((best, frame) => (distance(frame) < distance(best) ? frame : best)));
  }
  kept.add(frames.at(-1) as Frame);
  return frames.filter((frame) => kept.has(frame));
}
