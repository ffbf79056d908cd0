import bitSet from "@webgfn/shaders/envs/bit_set.wgsl";
import source from "@webgfn/shaders/envs/independent_set.wgsl";
import listedSets from "@webgfn/shaders/envs/listed_sets.wgsl";
import { RandomStream, rules } from "@webgfn/tensor";
import { largestOf } from "@webgfn/tensor/internal";
import { bitsOf, halvesOf, hasBit, setBit } from "./bit-set.js";
import { available, type Capability, unavailable } from "./capability.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import { listIn, requireWholeNumbers, unreachable } from "./encoding.js";
import type { Environment } from "./environment.js";
import { adjacencyBits, type Graph } from "./graphs/graph.js";
import { cliqueCover, listIndependentSets } from "./graphs/independent-sets.js";
import { chosenGraph, GRAPH_FIELDS, GRAPH_FILE, GRAPH_PARAMETERS, type UndirectedGraphParameters } from "./graphs/parameters.js";
import type { VertexSetObject } from "./graphs/vertex-set.js";
import { joined } from "./joined.js";
import { type ListedSets, MOST_LISTED_SETS } from "./listed-sets.js";
import { drawListed, listedTarget } from "./listed-target.js";
import { memberDisplay } from "./member-display.js";
import { TEMPERATURE } from "./parameters.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link independentSet}. */
export interface IndependentSetParameters extends RewardOptions<VertexSetObject>, UndirectedGraphParameters {
  /** Number of vertices of the random graph, from 1 to 1024. Default 20. */
  vertices?: number;
  /** The objects: `maximal` (default) for the independent sets that no further vertex can join, `all` for every independent set. */
  sets?: "maximal" | "all";
  /** Temperature T, from 1e-3 to 1e6: log R = size/T. Default 1. */
  temperature?: number;
}

/** The environment `independent-set`, with its graph and exact facts about its objects. */
export interface IndependentSet extends Environment<VertexSetObject> {
  /** The graph whose vertices are chosen. */
  readonly graph: Graph;
  /** Number of objects. */
  readonly objectCount: Capability<number>;
  /** Size of the largest independent set. */
  readonly optimum: Capability<number>;
}

const PARAMETERS = {
  ...GRAPH_PARAMETERS,
  vertices: { ...GRAPH_PARAMETERS.vertices, value: 20 },
  sets: {
    value: "maximal",
    rule: rules.oneOf("maximal", "all"),
    help: "objects: independent sets that no vertex can join (maximal), or all",
  },
  temperature: { value: 1, rule: TEMPERATURE, help: "temperature T: log R = size/T" },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 625, hidden: [64, 64] };

/**
 * Makes the environment of independent sets of a graph: sets of vertices without an edge between them, with log R = size/T. A trajectory
 * adds vertices that are not neighbours of chosen ones. It ends when no such vertex is left (`maximal`), or with the stop action at any time
 * (`all`). If there are at most 2^20 independent sets, all are listed: log Z, their number, the largest size and samples of R/Z are exact.
 * The modes are the sets with at least half the highest reward.
 *
 * @throws WebgfnError `argument` for parameters that are out of range or exclude each other, `file` for a file that is not a graph.
 *
 * @example
 * ```ts
 * import { independentSet } from "@webgfn/envs";
 * const environment = independentSet({ graph: { name: "path.txt", text: "a b\nb c\n" } });
 * console.log(environment.objectCount.value, environment.optimum.value); // 2 2
 * console.log(environment.objects.text({ vertices: [0, 2] })); // {a, c}
 * ```
 */
export function independentSet(parameters: IndependentSetParameters = {}): IndependentSet {
  checkParameters("independent-set", parameters, PARAMETERS);
  const { sets = PARAMETERS.sets.value, temperature = PARAMETERS.temperature.value } = parameters;
  const { graph, title: ofGraph, kept } = chosenGraph("independent-set", parameters, PARAMETERS.vertices.value);
  const isMaximal = sets === "maximal";
  const vertices = graph.names.length;
  const { words, bits: adjacency } = adjacencyBits(graph);
  const stateWords = 2 * words + 2;
  const gain = Math.fround(1 / temperature);
  const stateOf = stateMaker(adjacency, words, vertices);

  const listed = listIndependentSets(graph);
  const setAt = (n: number): Uint32Array => (listed as ListedSets).bits.subarray(n * words, (n + 1) * words);
  const objects = listed && numbersOf(listed.count).filter((n) => !isMaximal || isFull(stateOf(setAt(n)), words, vertices));
  const target = listed && objects && listedTarget(Float64Array.from(objects, (n) => gain * (listed.loads[n] as number)));
  const largest = listed && largestOf(listed.loads);
  const data = [Float32Array.of(gain), halvesOf(adjacency)];
  const known = <T>(value: T | undefined, what: string): Capability<T> =>
    value === undefined
      ? unavailable(`the independent sets of ${vertices} vertices are more than the ${MOST_LISTED_SETS} that are ${what}`)
      : available(value);
  const title = `${isMaximal ? "maximal " : ""}independent sets of ${ofGraph}`;
  return withReward<VertexSetObject, IndependentSet>(
    {
      name: "independent-set",
      parameters: { ...kept, sets, temperature },
      title,
      shader: source,
      modules: { bit_set: bitSet, listed_sets: listedSets },
      constants: {
        VERTICES: vertices,
        WORDS: words,
        MAXIMAL: isMaximal ? 1 : 0,
        LISTED: listed?.count ?? 0,
        LISTED_START: 1 + 2 * adjacency.length,
      },
      stateWords,
      actionSpace: "discrete",
      actions: vertices + (isMaximal ? 0 : 1),
      ...(!isMaximal && { stop: vertices }),
      horizon: (largest ?? cliqueCover(graph)) + (isMaximal ? 0 : 1),
      features: 2 * vertices,
      featureOrder: "membership: feature v is 1 where vertex v is in the set, vertices + v where a neighbour of v is",
      data: joined(...data, ...(listed ? [halvesOf(listed.bits)] : [])),
      enumeration: known(listed && listed.count * (isMaximal ? 1 : 2), "enumerated"),
      exactLogZ: known(target?.logZ, "listed"),
      ...(target && { modeThreshold: target.highest - Math.LN2 }),
      exactSampling: known(
        target &&
          objects &&
          ((count: number, seed: number) =>
            drawListed(target, { count, stateWords, random: new RandomStream(seed, 0x696e6470) }, (n) =>
              stateOf(setAt(objects[n] as number)),
            )),
        "listed",
      ),
      graph,
      objectCount: known(objects?.length, "listed"),
      optimum: known(largest, "listed"),
      decode: (state) => ({ vertices: bitsOf(state, vertices) }),
      encode(object) {
        const members = listIn(title, object, "vertices", { vertices: [0] });
        requireWholeNumbers(title, object, members, "a vertex", vertices - 1);
        const set = new Uint32Array(words);
        for (const vertex of members) {
          const name = graph.names[vertex] as string;
          if (hasBit(set, vertex)) throw unreachable(title, object, `vertex ${name} is in it twice`);
          const neighbour = members.find((other) => hasBit(adjacency, other, vertex * words));
          if (neighbour !== undefined) throw unreachable(title, object, `${name} and ${graph.names[neighbour]} are neighbours`);
          setBit(set, vertex);
        }
        const state = stateOf(set);
        if (isMaximal && !isFull(state, words, vertices)) {
          const free = graph.names.find((_, v) => !hasBit(state, v) && !hasBit(state, v, words));
          throw unreachable(title, object, `it is not maximal, vertex ${free} can join it`);
        }
        return state;
      },
      objects: memberDisplay("independent-set", "vertices", graph.names),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** Name, parameters, training defaults and form of the environment `independent-set`. */
export const independentSetDeclaration: EnvironmentDeclaration = {
  name: "independent-set",
  make: independentSet,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Independent sets",
    summary: "Vertices of a graph no two of which are neighbours, added one by one. Larger sets have a larger reward.",
    parameters: { vertices: 10, edgesPerVertex: 2, dataSeed: 0, temperature: 1 },
    fields: [...GRAPH_FIELDS, { name: "temperature", label: "Temperature", least: 0.1, most: 10, step: 0.1, ofOwnReward: true }],
    file: GRAPH_FILE,
  },
};

const numbersOf = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, n) => n);

/** Whether every vertex is in the set of a state or has a neighbour there. */
function isFull(state: Uint32Array, words: number, vertices: number): boolean {
  for (let v = 0; v < vertices; v++) if (!hasBit(state, v) && !hasBit(state, v, words)) return false;
  return true;
}

/** Returns a function that makes a set's terminal state: its bits, the bits of its neighbours, its size, and 1 because it is terminal. */
function stateMaker(adjacency: Uint32Array, words: number, vertices: number): (set: Uint32Array) => Uint32Array {
  return (set) => {
    const state = new Uint32Array(2 * words + 2);
    state.set(set);
    const members = bitsOf(set, vertices);
    for (const vertex of members) {
      for (let w = 0; w < words; w++) state[words + w] = (state[words + w] as number) | (adjacency[vertex * words + w] as number);
    }
    state[2 * words] = members.length;
    state[2 * words + 1] = 1;
    return state;
  };
}
