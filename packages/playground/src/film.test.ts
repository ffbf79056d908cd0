import { describe, expect, it } from "vitest";
import { Film } from "./film.js";
import type { Frame } from "./protocol.js";
import { framesOf, recorded } from "./recording.js";

const frame = (step: number, runs = 2): Frame => ({
  step,
  exactLogZ: 1.5,
  runs: Array.from({ length: runs }, (_, n) => ({ step, values: { l1: 1 / (step + n + 1), loss: n }, missed: n / 4 })),
  picture: {
    kind: "cells",
    columns: ["0", "1"],
    rows: ["0"],
    across: "x",
    up: "y",
    target: Float32Array.of(0.75, 0.25),
    learned: Array.from({ length: runs }, (_, n) => Float32Array.of(n, step / 1000)),
  },
});

describe("a film", () => {
  it("keeps a bounded number of pictures, with the first ones and the newest", () => {
    const film = new Film();
    for (let step = 0; step < 5000; step++) film.add(frame(step));
    expect(film.frames.length).toBeLessThanOrEqual(240);
    expect(film.frames.slice(0, 8).map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(film.frames.at(-1)?.step).toBe(4999);
    const steps = film.frames.map(({ step }) => step);
    expect([...steps].sort((a, b) => a - b)).toEqual(steps);
  });

  it("replaces a picture of the same step, and forgets what came after an earlier one", () => {
    const film = new Film();
    for (const step of [0, 1, 2, 2, 4]) film.add(frame(step));
    expect(film.frames.map(({ step }) => step)).toEqual([0, 1, 2, 4]);
    film.add(frame(1));
    expect(film.frames.map(({ step }) => step)).toEqual([0, 1]);
  });

  it("keeps what objectives that stay have learned", () => {
    const film = new Film();
    film.add(frame(3));
    film.arrange([1, null, 0]);
    const [kept] = film.frames;
    expect(kept?.runs.map(({ step }) => step)).toEqual([3, 0, 3]);
    expect(kept?.picture.learned.map((values) => values[0])).toEqual([1, 0, 0]);
    film.arrange([null, null]);
    expect(film.frames).toEqual([]);
  });
});

describe("a recording", () => {
  it("brings its pictures back within a two hundredth of their largest value", () => {
    const frames = Array.from({ length: 100 }, (_, step) => frame(step));
    const recording = recorded(frames, { hash: "seed=3", adapter: "a GPU", columns: [{ key: "l1", label: "L1", help: "" }] }, 12);
    const read = framesOf(JSON.parse(JSON.stringify(recording)));
    expect(read.length).toBeLessThanOrEqual(13);
    expect(read.at(-1)?.step).toBe(99);
    expect(read[0]?.step).toBe(0);
    const last = read.at(-1) as Frame;
    expect(last.runs[1]).toEqual({ step: 99, values: { l1: 0.009901, loss: 1 }, missed: 0.25 });
    expect([...last.picture.target]).toEqual([0.75, expect.closeTo(0.25, 2)]);
    expect(last.picture.learned[1]?.[1]).toBeCloseTo(0.099, 2);
    expect(last.picture).toMatchObject({ kind: "cells", columns: ["0", "1"], across: "x" });
  });
});
