import type { ParameterValue } from "@webgfn/envs";
import type { Column } from "@webgfn/trainer";
import type { StateGraph } from "./flow/state-graph.js";
import type { Settings } from "./settings.js";

/** The target's and the learned values of cells, all at least 0. */
export interface Grid {
  columns: readonly string[];
  rows: readonly string[];
  /** [row from the top][column], row-major. */
  target: Float32Array;
  /** [row from the top][column], row-major. */
  learned: Float32Array;
}

/** The target and the distribution that the selected objective has learned. */
export type Picture =
  | ({ kind: "cells" } & Grid)
  /** Densities; `window` is [left, right, bottom, top]. */
  | ({ kind: "density"; window: readonly [number, number, number, number] } & Grid)
  | ({ kind: "edges" } & Grid)
  | { kind: "bars" | "trees"; note: string; objects: readonly { name: string; target: number; learned: number }[] };

/** One sampled trajectory. */
export interface Trajectory {
  /** A description of each action. */
  steps: readonly string[];
  /** The states as points of the map, if there is one: [column, row] from the bottom left, or coordinates. */
  path?: readonly (readonly [number, number])[];
  logForward: number;
  logReward: number;
}

/** The values of one objective at an evaluation, by column key; NaN for a missing value. */
export type Point = Readonly<Record<string, number>>;

/** Facts about a session that has started. */
export interface Started {
  title: string;
  adapter: string;
  /** The columns to show. */
  columns: readonly Column[];
  step: number;
}

/** Messages from the page to the worker. */
export type Command =
  | { type: "start"; settings: Settings; checkpoint?: Uint8Array }
  /** Evaluates the settings' expression for every object. The session goes on as it is. */
  | { type: "evaluate"; settings: Settings; question: number }
  | { type: "play" }
  | { type: "pause" }
  | { type: "step" }
  | { type: "retarget"; env: Record<string, ParameterValue> }
  | { type: "temperature"; value: number }
  | { type: "select"; index: number }
  | { type: "export" }
  | { type: "gauge"; on: boolean }
  | { type: "recover" };

/** Messages from the worker to the page. */
export type Report =
  | { type: "busy"; text: string }
  | ({ type: "started" } & Started)
  /** What is wrong with the expression of a question; nothing if it can be trained with. */
  | { type: "evaluated"; question: number; problem?: string; fix?: string | undefined }
  | {
      type: "progress";
      step: number;
      stepsPerSecond: number;
      /** The exact log Z of the current target; null if it is unknown. */
      exactLogZ: number | null;
      points: readonly Point[];
      picture: Picture;
      trajectory: Trajectory;
      samples: readonly { name: string; logReward: number }[];
      /** What is wrong with models that met numbers which are not finite. */
      faults: readonly string[];
    }
  /** p_F of each edge of the latest graph, which comes when it changes; nothing if there are too many states. */
  | { type: "flow"; graph?: StateGraph; policy?: Float32Array }
  | { type: "variance"; without: number; with: number; estimator: string; batches: number; batchSize: number }
  | { type: "variance"; unavailable: string }
  | { type: "exported"; name: string; bytes: Uint8Array }
  | { type: "failed"; code: string; message: string; fix?: string };
