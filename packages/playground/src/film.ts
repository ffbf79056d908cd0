import type { Frame, Picture, RunFrame, Values } from "./protocol.js";

/** Most frames of a film. A map of 40 × 40 cells for four objectives takes 32 kB a frame. */
const MOST_FRAMES = 240;

/** The frames of a run in the order of steps. If there are too many, every second one of the older half is dropped. */
export class Film {
  #frames: Frame[] = [];

  get frames(): readonly Frame[] {
    return this.#frames;
  }

  /** Appends a frame. One at the same step replaces the latest, as after a change of the target. */
  add(frame: Frame): void {
    // If training went back to an earlier state, drop the later frames, too.
    while ((this.#frames.at(-1)?.step ?? -1) >= frame.step) this.#frames.pop();
    this.#frames.push(frame);
    if (this.#frames.length <= MOST_FRAMES) return;
    const half = this.#frames.length >> 1;
    // The first frames are at powers of two: always keep the first 8.
    this.#frames = this.#frames.filter((_, k) => k >= half || k < 8 || k % 2 === 1);
  }

  /** Reorders the objectives. @param places for each new one, its old place, or null for one that begins now. */
  arrange(places: readonly (number | null)[]): void {
    const [first] = this.#frames;
    if (first === undefined) return;
    const isSame = places.length === first.runs.length && places.every((place, n) => place === n);
    if (isSame) return;
    if (places.every((place) => place === null)) this.#frames = [];
    this.#frames = this.#frames.map((frame) => arranged(frame, places));
  }

  replace(frames: readonly Frame[]): void {
    this.#frames = [...frames];
  }
}

const NOTHING: RunFrame = { step: 0, values: {}, missed: null };

function arranged({ runs, picture, ...frame }: Frame, places: readonly (number | null)[]): Frame {
  const pick = <T>(list: readonly T[], nothing: T) => places.map((place) => (place === null ? nothing : (list[place] ?? nothing)));
  const learnedOf = ({ target, learned }: Values) => pick(learned, new Float32Array(target.length));
  const withSizes = "sizes" in picture && picture.sizes ? { sizes: { ...picture.sizes, learned: learnedOf(picture.sizes) } } : {};
  return { ...frame, runs: pick(runs, NOTHING), picture: { ...picture, learned: learnedOf(picture), ...withSizes } as Picture };
}
