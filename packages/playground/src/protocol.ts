import type { ParameterValue } from "@webgfn/envs";
import type { Column, TrainerState } from "@webgfn/trainer";
import type { StateGraph } from "./flow/state-graph.js";
import type { Keep } from "./keep.js";
import type { Settings } from "./settings.js";

/** The target and what each objective has learned, as numbers of the same cells or objects. */
export interface Values {
  target: Float32Array;
  /** [objective] */
  learned: readonly Float32Array[];
}

/** Cells: of a grid, of a density's window [left, right, bottom, top], or of a matrix of edges. Row-major, from the top. */
export interface MapPicture extends Values {
  kind: "cells" | "density" | "edges";
  columns: readonly string[];
  /** From the top. */
  rows: readonly string[];
  /** Labels of the axes. */
  across: string;
  up: string;
  window?: readonly [number, number, number, number];
  /** Probability of each number of edges, from 0, if all graphs can be listed. */
  sizes?: Values;
}

/** Objects by name, in the order of the target. */
export interface RankingPicture extends Values {
  kind: "bars" | "trees";
  note: string;
  names: readonly string[];
}

export type Picture = MapPicture | RankingPicture;

/** The values of one objective at an evaluation, by column key; NaN for a missing value. */
export type Point = Readonly<Record<string, number>>;

/** One objective at one moment. */
export interface RunFrame {
  /** Training steps that it has taken. */
  step: number;
  values: Point;
  /** The lowest and highest value of several replicas, by column key; `values` has their means. */
  ranges?: Readonly<Record<string, readonly [low: number, high: number]>>;
  /** Share of the target's mass that it samples at less than a tenth of its rate; null if unknown. */
  missed: number | null;
}

/** Everything that the page shows of one moment of training. */
export interface Frame {
  /** The largest number of steps of an objective. */
  step: number;
  /** The exact log Z of the current target; null if it is unknown. */
  exactLogZ: number | null;
  runs: readonly RunFrame[];
  picture: Picture;
}

/** One sampled trajectory. */
export interface Trajectory {
  /** The objective whose policy took it, and the steps that it had been trained for. */
  objective: number;
  step: number;
  /** A description of each action. */
  steps: readonly string[];
  /** The states as points of the map, if there is one: [column, row] from the bottom left, or coordinates. */
  path?: readonly (readonly [number, number])[];
  logForward: number;
  logReward: number;
}

/** Facts about a session that has started. */
export interface Started {
  title: string;
  adapter: string;
  /** The columns to show. */
  columns: readonly Column[];
}

/** The speed of training: the most steps per second. */
export const SPEEDS = { slow: 4, fast: 60, full: Number.POSITIVE_INFINITY } as const;
export type Speed = keyof typeof SPEEDS;

/** Messages from the page to the worker. */
export type Command =
  | {
      type: "start";
      settings: Settings;
      /** Which models of the current session continue. */
      keep: Keep;
      /** Initial states of the other models; null for a new model. */
      states?: readonly (TrainerState | null)[];
      /** Checkpoints of models that come from a file. */
      files: readonly (Uint8Array | null)[];
      /** A number under which the states of the session that ends are given back. */
      retire?: number;
    }
  /** Evaluates the settings' expression for every object. The session continues unchanged. */
  | { type: "evaluate"; settings: Settings; question: number }
  /** Trains, up to a step if one is given. */
  | { type: "play"; until?: number | undefined }
  | { type: "pause" }
  | { type: "step" }
  | { type: "speed"; speed: Speed }
  | { type: "retarget"; env: Record<string, ParameterValue> }
  | { type: "temperature"; value: number }
  | { type: "select"; index: number }
  /** Samples another trajectory and other objects from the current policy. */
  | { type: "another" }
  | { type: "export" }
  | { type: "gauge"; on: boolean }
  | { type: "recover" };

/** Messages from the worker to the page. */
export type Report =
  | { type: "busy"; text: string }
  | ({ type: "started" } & Started)
  /** The states of a session that has ended, under the number of its command. */
  | { type: "retired"; retire: number; states: readonly TrainerState[] }
  /** The problem of a question's expression; nothing if it can be used for training. */
  | { type: "evaluated"; question: number; problem?: string; fix?: string | undefined }
  | {
      type: "progress";
      frame: Frame;
      stepsPerSecond: number;
      /** Sentences about models that met numbers that are not finite. */
      faults: readonly string[];
    }
  | { type: "sampled"; trajectory: Trajectory; samples: readonly { name: string; logReward: number }[] }
  /**
   * p_F of each edge of the latest graph for the selected objective, and p_B if it is learned. The graph is included only when it has
   * changed; empty if there are too many states.
   */
  | { type: "flow"; graph?: StateGraph; policy?: Float32Array; backward?: Float32Array }
  /** Training has paused automatically at the requested step. */
  | { type: "paused" }
  | { type: "variance"; without: number; with: number; estimator: string; batches: number; batchSize: number }
  | { type: "variance"; unavailable: string }
  | { type: "exported"; name: string; bytes: Uint8Array }
  | { type: "failed"; code: string; message: string; fix?: string };
