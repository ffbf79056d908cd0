import type { Dags, Environment, SampledObject } from "@webgfn/envs";
import {
  distinctObjects,
  type EnumeratedObject,
  type EvaluatorInputs,
  enumerateObjects,
  heldOutEstimates,
  type PolicySamples,
  policySamples,
} from "@webgfn/trainer";
import type { Picture } from "../protocol.js";
import { WINDOWS, type Window } from "../windows.js";
import { objectName } from "./objects.js";

/** Cells along each side of a density. */
const CELLS = 40;
const BARS = 14;
const TREES = 6;
/** Objects sampled where there are too many to list. */
const SAMPLES = 512;

/** Draws the target beside what a policy has learned of it: all that depends on the target is worked out once. */
export interface Painter {
  /** @param probabilities exact p_T by state index, where the states are listed. */
  paint(inputs: EvaluatorInputs, probabilities: Float32Array | undefined): Promise<Picture>;
}

export async function painter(inputs: EvaluatorInputs): Promise<Painter> {
  const { device, environment } = inputs;
  const window = WINDOWS[environment.name];
  if (window !== undefined) return densityPainter(environment, window);
  if (!environment.enumeration.available || !environment.exactLogZ.available) return sampledPainter(environment);
  return exactPainter(environment, await enumerateObjects(device, environment), environment.exactLogZ.value);
}

function densityPainter(environment: Environment, window: Window): Painter {
  const [left, right, bottom, top] = window;
  const middle = (low: number, high: number, k: number) => low + ((k + 0.5) * (high - low)) / CELLS;
  const columns = Array.from({ length: CELLS }, (_, k) => middle(left, right, k));
  const rows = Array.from({ length: CELLS }, (_, k) => middle(top, bottom, k));
  const states = new Uint32Array(CELLS ** 2 * environment.stateWords);
  const floats = new Float32Array(states.buffer);
  for (let cell = 0; cell < CELLS ** 2; cell++) {
    const start = cell * environment.stateWords;
    floats.set([columns[cell % CELLS] as number, rows[Math.floor(cell / CELLS)] as number], start);
    states[start + 2] = 2;
  }
  const names = (values: number[]) => values.map((value) => value.toFixed(2));
  return {
    async paint(inputs) {
      const [estimates] = await heldOutEstimates(inputs, states);
      if (estimates === undefined) throw new Error("there is no replica");
      const { logRewards, logProbabilities } = estimates;
      const density = (logs: Float64Array) => Float32Array.from(logs, Math.exp);
      const maps = { target: density(logRewards), learned: density(logProbabilities) };
      return { kind: "density", window, columns: names(columns), rows: names(rows), ...maps };
    },
  };
}

function exactPainter(environment: Environment, objects: readonly EnumeratedObject[], logZ: number): Painter {
  const target = objects.map(({ logReward }) => Math.exp(logReward - logZ));
  const learned = (probabilities: Float32Array | undefined) => objects.map(({ index }) => probabilities?.[index] ?? 0);
  const { name, parameters } = environment;
  if (name === "hypergrid" && parameters["dimensions"] === 2) {
    const side = Number(parameters["side"]);
    const grid = (values: readonly number[]) => {
      const cells = new Float32Array(side ** 2);
      objects.forEach(({ object }, n) => {
        const [x, y] = (object as { coordinates: [number, number] }).coordinates;
        cells[(side - 1 - y) * side + x] = values[n] as number;
      });
      return cells;
    };
    const columns = Array.from({ length: side }, (_, x) => String(x));
    const fixed = { kind: "cells" as const, columns, rows: [...columns].reverse(), target: grid(target) };
    return { paint: async (_, probabilities) => ({ ...fixed, learned: grid(learned(probabilities)) }) };
  }
  if (name === "dags") {
    const { variableNames: names } = environment as Dags;
    const marginals = (values: readonly number[]) => {
      const sums = new Float32Array(names.length ** 2);
      objects.forEach(({ object }, n) => {
        for (const [i, j] of edgesOf(object)) {
          sums[i * names.length + j] = (sums[i * names.length + j] as number) + (values[n] as number);
        }
      });
      return sums;
    };
    const fixed = { kind: "edges" as const, columns: names, rows: names, target: marginals(target) };
    return { paint: async (_, probabilities) => ({ ...fixed, learned: marginals(learned(probabilities)) }) };
  }
  const kind = name === "phylogenetics" ? "trees" : "bars";
  const order = target.map((_, n) => n).sort((a, b) => (target[b] as number) - (target[a] as number));
  const shown = order.slice(0, kind === "trees" ? TREES : BARS);
  const names = shown.map((n) => objectName((objects[n] as EnumeratedObject).object, environment));
  const note = `The ${shown.length} likeliest of ${objects.length}, with exact probabilities.`;
  return {
    async paint(_, probabilities) {
      const values = learned(probabilities);
      const ranked = shown.map((n, k) => ({ name: names[k] as string, target: target[n] as number, learned: values[n] as number }));
      return { kind, note, objects: ranked };
    },
  };
}

const edgesOf = (object: SampledObject) => (object as { edges: [number, number][] }).edges;

/** The best of the objects that the policy samples, with estimated probabilities. */
function sampledPainter(environment: Environment): Painter {
  const { stateWords, exactLogZ } = environment;
  const kind = environment.name === "phylogenetics" ? "trees" : "bars";
  return {
    async paint(inputs) {
      const [samples] = await policySamples(inputs, SAMPLES);
      const { states, logRewards } = samples as PolicySamples;
      const best = distinctObjects(states, logRewards).slice(0, kind === "trees" ? TREES : BARS);
      const flat = new Uint32Array(best.length * stateWords);
      best.forEach(({ state }, k) => {
        flat.set(state, k * stateWords);
      });
      const [estimates] = await heldOutEstimates(inputs, flat);
      const logZ = exactLogZ.available ? exactLogZ.value : Number.NaN;
      const objects = best.map(({ state, logReward }, k) => ({
        name: objectName(environment.decode(state), environment),
        target: Math.exp(logReward - logZ),
        learned: Math.exp(estimates?.logProbabilities[k] ?? Number.NaN),
      }));
      return { kind, note: `The ${best.length} best of ${SAMPLES} sampled, with estimated probabilities.`, objects };
    },
  };
}
