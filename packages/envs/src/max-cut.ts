import bitSet from "@webgfn/shaders/envs/bit_set.wgsl";
import source from "@webgfn/shaders/envs/max_cut.wgsl";
import { RandomStream } from "@webgfn/tensor";
import { bitsOf, hasBit, setBit } from "./bit-set.js";
import { available, type Capability, unavailable } from "./capability.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import { listIn, requireWholeNumbers, unreachable } from "./encoding.js";
import type { Environment } from "./environment.js";
import type { Edge, Graph } from "./graphs/graph.js";
import { chosenGraph, GRAPH_FIELDS, GRAPH_FILE, GRAPH_PARAMETERS, type UndirectedGraphParameters } from "./graphs/parameters.js";
import type { VertexSetObject } from "./graphs/vertex-set.js";
import { drawListed, listedTarget } from "./listed-target.js";
import { memberDisplay } from "./member-display.js";
import { TEMPERATURE } from "./parameters.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link maxCut}. */
export interface MaxCutParameters extends RewardOptions<VertexSetObject>, UndirectedGraphParameters {
  /** Number of vertices of the random graph, from 1 to 1024. Default 12. */
  vertices?: number;
  /** Temperature T, from 1e-3 to 1e6: log R = weight of the cut/T. Default 1. */
  temperature?: number;
}

/** The environment `max-cut`, with its graph and exact facts about its objects. */
export interface MaxCut extends Environment<VertexSetObject> {
  /** The graph that is cut. */
  readonly graph: Graph;
  /** Number of objects, 2^vertices. Every cut is two objects, one for each of its sides. */
  readonly objectCount: number;
  /** The largest weight of a cut. */
  readonly optimum: Capability<number>;
  /** The weight of the cut between a set of vertices and the others. */
  cutWeight(object: VertexSetObject): number;
}

const PARAMETERS = {
  ...GRAPH_PARAMETERS,
  vertices: { ...GRAPH_PARAMETERS.vertices, value: 12 },
  temperature: { value: 1, rule: TEMPERATURE, help: "temperature T: log R = weight of the cut/T" },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 1500, hidden: [128, 128] };

/** Largest number of vertices whose 2^V cuts are listed. */
const MOST_LISTED_VERTICES = 20;

/**
 * Makes the environment of cuts of a graph: sets of vertices S, with log R = (Σ weights of the edges between S and the others)/T. A
 * trajectory starts with all vertices on one side, moves vertices to the other side S in any order, and may stop at any time. With up to 20
 * vertices, all 2^V cuts are listed: log Z, the largest weight and samples of R/Z are exact. The modes are the cuts with at least half the
 * highest reward.
 *
 * @throws WebgfnError `argument` for parameters that are out of range or exclude each other, `file` for a file that is not a graph.
 *
 * @example
 * ```ts
 * import { maxCut } from "@webgfn/envs";
 * const environment = maxCut({ graph: { name: "cycle.txt", text: "a b\nb c\nc d\nd a\n" } });
 * console.log(environment.optimum.value, environment.cutWeight({ vertices: [0, 2] })); // 4 4
 * ```
 */
export function maxCut(parameters: MaxCutParameters = {}): MaxCut {
  checkParameters("max-cut", parameters, PARAMETERS);
  const { temperature = PARAMETERS.temperature.value } = parameters;
  const { graph, title: ofGraph, kept } = chosenGraph("max-cut", parameters, PARAMETERS.vertices.value);
  const vertices = graph.names.length;
  const words = Math.ceil(vertices / 32);
  const stateWords = words + 2;
  const gain = Math.fround(1 / temperature);
  const edges = graph.edges.map(({ a, b, weight }): Edge => ({ a, b, weight: Math.fround(weight) }));
  const isListed = vertices <= MOST_LISTED_VERTICES;
  const reason = `the 2^${vertices} cuts of ${vertices} vertices are more than the 2^${MOST_LISTED_VERTICES} that are listed`;
  const target = isListed ? listedTarget(cutWeights(vertices, edges).map((weight) => gain * weight)) : undefined;
  const ifListed = <T>(value: T | undefined): Capability<T> => (value === undefined ? unavailable(reason) : available(value));
  const title = `cuts of ${ofGraph}`;
  const stateOf = (set: ArrayLike<number>, size: number): number[] => [...Array.from(set), size, 1];
  return withReward<VertexSetObject, MaxCut>(
    {
      name: "max-cut",
      parameters: { ...kept, temperature },
      title,
      shader: source,
      modules: { bit_set: bitSet },
      constants: { VERTICES: vertices },
      stateWords,
      actionSpace: "discrete",
      actions: vertices + 1,
      stop: vertices,
      horizon: vertices + 1,
      features: vertices,
      featureOrder: "membership: feature v is 1 where vertex v is on the other side than at the start",
      data: Float32Array.of(gain, ...laterNeighbours(vertices, edges)),
      enumeration: isListed
        ? available(2 ** (vertices + 1))
        : unavailable(`the 2^${vertices} cuts of ${vertices} vertices are more than the 2^${MOST_LISTED_VERTICES} that are enumerated`),
      exactLogZ: ifListed(target?.logZ),
      ...(target && { modeThreshold: target.highest - Math.LN2 }),
      exactSampling: ifListed(
        target &&
          ((count: number, seed: number) =>
            drawListed(target, { count, stateWords, random: new RandomStream(seed, 0x6d637574) }, (set) =>
              stateOf([set], bitsOf(Uint32Array.of(set), vertices).length),
            )),
      ),
      graph,
      objectCount: 2 ** vertices,
      optimum: ifListed(target && target.highest / gain),
      cutWeight: ({ vertices: side }) => {
        const inside = new Set(side);
        return edges.reduce((sum, { a, b, weight }) => sum + (inside.has(a) === inside.has(b) ? 0 : weight), 0);
      },
      decode: (state) => ({ vertices: bitsOf(state, vertices) }),
      encode(object) {
        const members = listIn(title, object, "vertices", { vertices: [0] });
        requireWholeNumbers(title, object, members, "a vertex", vertices - 1);
        const set = new Uint32Array(words);
        for (const vertex of members) {
          if (hasBit(set, vertex)) throw unreachable(title, object, `vertex ${graph.names[vertex]} is in it twice`);
          setBit(set, vertex);
        }
        return Uint32Array.from(stateOf(set, members.length));
      },
      objects: memberDisplay("max-cut", "vertices", graph.names),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** Name, parameters, training defaults and form of the environment `max-cut`. */
export const maxCutDeclaration: EnvironmentDeclaration = {
  name: "max-cut",
  make: maxCut,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Max-cut",
    summary: "Vertices of a graph on two sides. The more edges lead from one side to the other, the larger the reward.",
    parameters: { vertices: 8, edgesPerVertex: 2, dataSeed: 0, temperature: 1 },
    fields: [...GRAPH_FIELDS, { name: "temperature", label: "Temperature", least: 0.1, most: 10, step: 0.1, ofOwnReward: true }],
    file: GRAPH_FILE,
  },
};

/** The weights of all cuts, by the bits of a side. The weight of a side without its highest vertex is computed before it. */
function cutWeights(vertices: number, edges: readonly Edge[]): Float64Array {
  const neighbours = Array.from({ length: vertices }, (_, v) => edges.filter(({ a, b }) => a === v || b === v));
  const weights = new Float64Array(2 ** vertices);
  for (let vertex = 0; vertex < vertices; vertex++) {
    const bit = 2 ** vertex;
    for (let rest = 0; rest < bit; rest++) {
      let weight = weights[rest] as number;
      for (const edge of neighbours[vertex] as Edge[]) {
        const other = edge.a === vertex ? edge.b : edge.a;
        weight += ((rest >>> other) & 1) === 1 ? -edge.weight : edge.weight;
      }
      weights[bit + rest] = weight;
    }
  }
  return weights;
}

/**
 * The shader's edges: first, for each vertex, the offset of its edges to later vertices, and the end; then the later vertices and weights in
 * turn.
 */
function* laterNeighbours(vertices: number, edges: readonly Edge[]): Generator<number> {
  let start = 0;
  for (let vertex = 0; vertex <= vertices; vertex++) {
    while (start < edges.length && (edges[start] as Edge).a < vertex) start++;
    yield start;
  }
  for (const { b, weight } of edges) {
    yield b;
    yield weight;
  }
}
