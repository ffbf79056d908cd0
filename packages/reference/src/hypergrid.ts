/**
 * Hypergrid {0..H-1}^d (method.md section 4): from the origin add 1 to a coordinate, or stop.
 * R(x) = R0 + R1 * [every coordinate is outer] + R2 * [every coordinate is in the band], or another reward of the coordinates.
 */
import type { ReferenceEnvironment } from "./environment.js";
import { type GridReward, originalReward } from "./hypergrid-rewards.js";

export interface HypergridState {
  coordinates: number[];
  stopped: boolean;
}

export type HypergridOptions = {
  /** d */
  dimensions: number;
  /** H, the cells along each dimension */
  side: number;
} & ({ r0: number; r1: number; r2: number } | { reward: GridReward });

/** Action i < d adds 1 to coordinate i; action d stops. */
export function hypergrid(options: HypergridOptions): ReferenceEnvironment<HypergridState> {
  const { dimensions, side } = options;
  const reward = "reward" in options ? options.reward : originalReward(options.side, options.r0, options.r1, options.r2);
  const stop = dimensions;

  const moved = (state: HypergridState, coordinate: number, by: number): HypergridState => ({
    coordinates: state.coordinates.map((x, i) => (i === coordinate ? x + by : x)),
    stopped: false,
  });

  return {
    name: `hypergrid ${side}^${dimensions}`,
    actions: dimensions + 1,
    stop,
    features: dimensions * side,
    horizon: dimensions * (side - 1) + 1,
    initial: () => ({ coordinates: Array<number>(dimensions).fill(0), stopped: false }),
    isTerminal: (state) => state.stopped,
    allowed: (state) =>
      state.stopped ? Array<boolean>(dimensions + 1).fill(false) : [...state.coordinates.map((x) => x < side - 1), true],
    apply: (state, action) => (action === stop ? { ...state, stopped: true } : moved(state, action, 1)),
    parents: (state) => {
      if (state.stopped) return [{ state: { ...state, stopped: false }, action: stop }];
      return state.coordinates.flatMap((x, i) => (x > 0 ? [{ state: moved(state, i, -1), action: i }] : []));
    },
    // One-hot per coordinate: coordinate i with value x sets entry i * H + x. The policy never reads a stopped state.
    featuresOf: (state) => state.coordinates.flatMap((x) => Array.from({ length: side }, (_, value) => (value === x ? 1 : 0))),
    logReward: (state) => Math.log(reward(state.coordinates)),
    key: (state) => state.coordinates.join(",") + (state.stopped ? " stopped" : ""),
  };
}
