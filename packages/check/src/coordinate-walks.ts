import type { Environment } from "@webgfn/envs";
import { environmentConstants, environmentData, environmentDataFor, environmentModules } from "@webgfn/sampler/internal";
import source from "@webgfn/shaders/check/coordinate_walks.wgsl";
import { type Device, Program } from "@webgfn/tensor";
import { disposeTensors } from "@webgfn/tensor/internal";

/** One state of a walk with real coordinates as actions, and the values of the environment's WGSL functions there. */
export interface CoordinateVisit {
  terminal: boolean;
  initial: boolean;
  level: number;
  parentCount: number;
  /** log R of a terminal state, otherwise 0. */
  logReward: number;
  /** The bits of the coordinate that the walk takes here. */
  action: number;
  allowed: boolean;
  /** `is_undoable(apply(s, a), a)` */
  undoable: boolean;
  /** `is_undoable(apply(s, a), b)` for a coordinate b other than a. */
  otherUndoable: boolean;
  /** Whether `undo(apply(s, a), a)` is s. */
  reversible: boolean;
  /** `exploration_range` of the state, if the walk drew its coordinate from it. */
  range: readonly [number, number];
  /** [stateWords] */
  state: Uint32Array;
  /** [features] */
  features: Float32Array;
  /** [features + 1]: `next_feature` from each start. */
  following: Uint32Array;
}

/** Number of words of a visit before its arrays. */
const SCALARS = 12;

/**
 * Runs walks with given coordinates, all in one dispatch.
 *
 * @param choices `[walk][horizon]`: coordinates; with `explore`, their positions in the exploration range from 0 (low) to 1 (high).
 * @returns the `horizon + 1` visits of each walk.
 */
export async function coordinateWalks(
  device: Device,
  environment: Environment,
  choices: Float32Array,
  { explore = false } = {},
): Promise<CoordinateVisit[][]> {
  const { features, stateWords, horizon } = environment;
  const walks = choices.length / horizon;
  const times = horizon + 1;
  const kernel = await device.kernel({
    root: "check/coordinate_walks",
    modules: { ...environmentModules(environment), "check/coordinate_walks": source },
    constants: environmentConstants(environment),
    conditions: { explore },
  });
  const size = SCALARS + stateWords + 2 * features + 1;
  const tensors = device.tensors({
    choices: { shape: [walks, horizon], dtype: "u32", label: "choices of walks", values: () => new Uint32Array(choices.slice().buffer) },
    visits: { shape: [walks, times, size], dtype: "u32", label: "visits of walks" },
  });
  const data = environmentData(device, environment);
  try {
    await new Program(device, "coordinate walks").add(kernel, { ...tensors, ...environmentDataFor(kernel, data) }, [walks]).run();
    const words = (await tensors.visits.read()) as Uint32Array;
    const floats = new Float32Array(words.buffer);
    const visitAt = (start: number): CoordinateVisit => {
      const flag = (place: number) => words[start + place] === 1;
      const stateAt = start + SCALARS;
      const featuresAt = stateAt + stateWords;
      return {
        terminal: flag(0),
        initial: flag(1),
        level: words[start + 2] as number,
        parentCount: words[start + 3] as number,
        logReward: floats[start + 4] as number,
        action: words[start + 5] as number,
        allowed: flag(6),
        undoable: flag(7),
        otherUndoable: flag(8),
        reversible: flag(9),
        range: [floats[start + 10] as number, floats[start + 11] as number],
        state: words.subarray(stateAt, featuresAt),
        features: floats.subarray(featuresAt, featuresAt + features),
        following: words.subarray(featuresAt + features, featuresAt + 2 * features + 1),
      };
    };
    return Array.from({ length: walks }, (_, walk) => Array.from({ length: times }, (__, time) => visitAt((walk * times + time) * size)));
  } finally {
    disposeTensors({ ...tensors, data });
  }
}
