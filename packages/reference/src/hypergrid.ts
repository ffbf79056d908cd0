/**
 * Hypergrid {0..H-1}^d (method.md section 4): from the origin add 1 to a coordinate, or stop.
 * R(x) = R0 + R1 * [every coordinate is outer] + R2 * [every coordinate is in the band].
 */
import type { ReferenceEnvironment } from "./environment.js";

export interface HypergridState {
  coordinates: number[];
  stopped: boolean;
}

export interface HypergridOptions {
  /** d */
  dimensions: number;
  /** H, the cells along each dimension */
  side: number;
  r0: number;
  r1: number;
  r2: number;
}

/** |x/(H-1) - 1/2| in (0.25, 0.5], in integers: floats miscount cells that lie on a border. */
export function isOuter(x: number, side: number): boolean {
  return 2 * Math.abs(2 * x - (side - 1)) > side - 1;
}

/** |x/(H-1) - 1/2| in (0.3, 0.4), in integers. */
export function isBand(x: number, side: number): boolean {
  const distance = 5 * Math.abs(2 * x - (side - 1));
  return 3 * (side - 1) < distance && distance < 4 * (side - 1);
}

/** Action i < d adds 1 to coordinate i; action d stops. */
export function hypergrid(options: HypergridOptions): ReferenceEnvironment<HypergridState> {
  const { dimensions, side, r0, r1, r2 } = options;
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
    logReward: (state) => {
      const outer = state.coordinates.every((x) => isOuter(x, side));
      const band = state.coordinates.every((x) => isBand(x, side));
      return Math.log(r0 + (outer ? r1 : 0) + (band ? r2 : 0));
    },
    key: (state) => state.coordinates.join(",") + (state.stopped ? " stopped" : ""),
  };
}
