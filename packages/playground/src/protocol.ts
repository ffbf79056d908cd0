import type { ParameterValue } from "@webgfn/envs";
import type { Column } from "@webgfn/trainer";
import type { Settings } from "./settings.js";

/** Values of at least 0 as [row from the top][column], row-major. */
export interface Grid {
  columns: readonly string[];
  rows: readonly string[];
  target: Float32Array;
  learned: Float32Array;
}

/** The target beside what one objective has learned of it. */
export type Picture =
  | ({ kind: "cells" } & Grid)
  /** Densities; `window` is [left, right, bottom, top]. */
  | ({ kind: "density"; window: readonly [number, number, number, number] } & Grid)
  | ({ kind: "edges" } & Grid)
  | { kind: "bars" | "trees"; note: string; objects: readonly { name: string; target: number; learned: number }[] };

/** One sampled trajectory, action by action. */
export interface Trajectory {
  /** What each action did. */
  steps: readonly string[];
  /** Where each action led, where there is a map to draw it on: columns and rows from the bottom left, or coordinates. */
  path?: readonly (readonly [number, number])[];
  logForward: number;
  logReward: number;
}

/** One objective at an evaluation, by column key; NaN where there is no value. */
export type Point = Readonly<Record<string, number>>;

export interface Started {
  title: string;
  adapter: string;
  /** What is measured and shown. */
  columns: readonly Column[];
  step: number;
}

/** What the page asks of the worker. */
export type Command =
  | { type: "start"; settings: Settings; checkpoint?: Uint8Array }
  | { type: "play" }
  | { type: "pause" }
  | { type: "step" }
  | { type: "retarget"; env: Record<string, ParameterValue> }
  | { type: "temperature"; value: number }
  | { type: "select"; index: number }
  | { type: "export" }
  | { type: "gauge"; on: boolean }
  | { type: "recover" };

/** What the worker tells the page. */
export type Report =
  | { type: "busy"; text: string }
  | ({ type: "started" } & Started)
  | {
      type: "progress";
      step: number;
      stepsPerSecond: number;
      /** Of the target as it is now; null where it is not known. */
      exactLogZ: number | null;
      points: readonly Point[];
      picture: Picture;
      trajectory: Trajectory;
      samples: readonly { name: string; logReward: number }[];
    }
  | { type: "variance"; without: number; with: number; estimator: string; batches: number; batchSize: number }
  | { type: "variance"; unavailable: string }
  | { type: "exported"; name: string; bytes: Uint8Array }
  | { type: "failed"; code: string; message: string; fix?: string };
