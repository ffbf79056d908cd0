/**
 * One suite for every environment. An environment adds its instances to a table here, and its oracle to `twins.ts`; what is
 * particular to it (known counts, files, parameters that it rejects) is in its own test.
 */
import { checkEnvironment } from "@webgfn/check";
import {
  banana,
  bitSequences,
  type DataFile,
  dags,
  type Environment,
  environmentNames,
  funnel,
  gaussianMixture,
  hypergrid,
  independentSet,
  ising,
  knapsack,
  makeEnvironment,
  manyWell,
  maxCut,
  perfectBinaryTree,
  phylogenetics,
  prependAppend,
  qm9Small,
  sequences,
  sets,
  tfbind8,
} from "@webgfn/envs";
import { logZ, mulberry32, targetDistribution, terminalStates } from "@webgfn/reference";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";
import { enumerated, reachableKeys, walkBeside } from "./environment-walk.js";
import { chainSamples, csvFile } from "./graph-samples.js";
import { chiSquare, chiSquareLimit, countsOf, exactSamples } from "./helpers.js";
import { walkToPoints } from "./point-walk.js";
import { pointTwin, twin } from "./twins.js";

const AMBIGUOUS = ">a\nACGTRYN-\n>b\nACGARYKM\n>c\nTCGANNSW\n>d\nTTTT----\n>e\nACBDHVAC\n>f\nGGGGGGGG\n";

const INSTANCES: Environment[] = [
  hypergrid({ dimensions: 1, side: 2 }),
  hypergrid({ dimensions: 1, side: 9, r0: 0.1 }),
  hypergrid({ dimensions: 2, side: 8, r0: 0.1 }),
  hypergrid({ dimensions: 2, side: 11, r0: 0.01, r1: 0.3, r2: 5 }),
  hypergrid({ dimensions: 3, side: 4, r0: 0.1 }),
  hypergrid({ dimensions: 4, side: 3, r0: 1 }),
  hypergrid({ side: 20, rewardFamily: "cosine" }),
  hypergrid({ dimensions: 4, side: 5, rewardFamily: "cosine", r0: 1e-3, r1: 2 }),
  hypergrid({ dimensions: 1, side: 6, rewardFamily: "sparse" }),
  hypergrid({ dimensions: 3, side: 2, rewardFamily: "sparse", r0: 0.1 }),
  hypergrid({ dimensions: 3, side: 3, rewardFamily: "sparse", r1: 5 }),
  hypergrid({ dimensions: 3, side: 7, rewardFamily: "sparse" }),
  hypergrid({ dimensions: 1, side: 2, rewardFamily: "deceptive" }),
  hypergrid({ side: 16, rewardFamily: "deceptive" }),
  hypergrid({ dimensions: 3, side: 11, rewardFamily: "deceptive", r0: 0.1, r1: 0.5, r2: 1 }),
  hypergrid({ side: 16, rewardFamily: "bitwise-xor", tierBits: [1, 2, 4] }),
  hypergrid({ dimensions: 3, side: 11, rewardFamily: "bitwise-xor", tierWeights: [0.5, 0, 3, 7], tierBits: [0, 2, 2, 3] }),
  hypergrid({ dimensions: 3, side: 10, rewardFamily: "bitwise-xor", constrainedDimensions: 2, r0: 2 }),
  hypergrid({ dimensions: 3, side: 13, rewardFamily: "multiplicative", primes: [2, 3], exponentCaps: [3, 2, 1] }),
  hypergrid({
    dimensions: 3,
    side: 13,
    rewardFamily: "multiplicative",
    neighbours: "coprime",
    constrainedDimensions: 2,
    tierLcms: [0, 12, 12],
  }),
  // No cell has two least common multiples, so that the last tier is empty.
  hypergrid({ side: 31, rewardFamily: "multiplicative", primes: [5, 2, 3], exponentCaps: [1, 1, 1], tierLcms: [0, 30, 6] }),

  independentSet({ vertices: 1 }),
  independentSet({ vertices: 9, model: "barabasi-albert", sets: "all", temperature: 0.3 }),
  independentSet({ vertices: 34, edgesPerVertex: 12, dataSeed: 2 }), // two words, few sets
  independentSet({ graph: pairs(20) }), // too many sets to list

  maxCut({ vertices: 1 }),
  maxCut({ graph: { name: "weighted.txt", text: "a b 0.5\nb c -1.5\nc d 2\na d 1\na c 0.25\n" } }),
  maxCut({ vertices: 35, model: "barabasi-albert", edgesPerVertex: 3 }), // two words

  knapsack({ items: 1, capacity: 0 }),
  knapsack({ data: { name: "items.csv", text: "value,weight\n3.5,0.1\n-1,0.2\n2,0.3\n0,0.3\n4,1.25\n" }, capacity: 0.6 }),
  knapsack({ data: equalItems(34), maxItems: 3 }), // two words, few sets
  knapsack({ data: equalItems(34), capacity: 20 }), // too many sets to list

  perfectBinaryTree({ depth: 1 }),
  perfectBinaryTree({ depth: 3, rewards: [8, 9, 10, 11, 12, 13, 14, 15] }), // torchgfn's tests: a leaf's number + 1

  ising({ rows: 1, columns: 1, field: 0.5 }),
  ising({ rows: 1, columns: 5, coupling: -0.7 }),
  ising({ rows: 2, columns: 2, field: -0.2 }),
  ising({ rows: 3, columns: 2, boundary: "free", disorder: "normal", dataSeed: 1 }),
  ising({ rows: 4, columns: 4, disorder: "signs", field: 0.1 }),
  ising({ rows: 3, columns: 11, disorder: "normal", coupling: 1 }), // three words
  ising({ rows: 14, columns: 15 }), // too large for its log Z

  sets({ items: 1, size: 1 }),
  sets({ items: 8, size: 3 }),
  sets({ items: 32, size: 4, dataSeed: 1 }),
  sets({ items: 33, size: 5, dataSeed: 2 }),
  sets({ items: 40, size: 40, dataSeed: 3 }),

  sequences({ symbols: 1, length: 1 }),
  sequences({ symbols: 1, length: 40 }), // more positions than bits in a word
  sequences({ symbols: 3, length: 3 }),
  sequences({ symbols: 4, length: 4, dataSeed: 1 }),
  sequences({ symbols: 8, length: 6, dataSeed: 4 }),
  sequences({ symbols: 5, length: 12 }), // 10 symbols to a word, too many to enumerate
  sequences({ symbols: 256, length: 5 }), // whole bytes

  prependAppend({ symbols: 1, length: 1 }),
  prependAppend({ symbols: 2, length: 7, dataSeed: 1 }), // the same symbol at both ends
  prependAppend({ symbols: 5, length: 13 }), // two words, too many to enumerate
  qm9Small(),
  tfbind8(),

  bitSequences({ bits: 8, wordBits: 1, modes: 2, order: "any" }),
  bitSequences({ bits: 8, wordBits: 4, modes: 5, exponent: 0.3 }),
  bitSequences({ bits: 16, wordBits: 8, modes: 3, order: "any", dataSeed: 2 }), // rows of 512 actions
  bitSequences({ bits: 40, wordBits: 1, modes: 7 }), // positions in two words
  bitSequences({ bits: 48, wordBits: 6, order: "any" }), // words that do not fill 32 bits
  bitSequences(),

  // Scores from the samples themselves, where a file brings them.
  dags({ data: csvFile(chainSamples(2, 30)) }),
  dags({ data: csvFile(chainSamples(3, 30)), score: "bge" }),
  dags({ data: csvFile(chainSamples(4, 12)) }),
  dags({ data: csvFile(chainSamples(4, 12)), score: "bge" }),
  dags({ data: csvFile(chainSamples(5, 30)) }),
  dags({ data: csvFile(chainSamples(5, 30)), score: "bge" }),
  dags({ data: csvFile(chainSamples(7, 30)), score: "bge" }),
  dags({ data: csvFile(chainSamples(12, 30)) }),
  dags({ variables: 4, samples: 50, dataSeed: 3, score: "bge" }),
  // Few parents, discrete data, and rows of one, two and four words.
  dags({ variables: 4, score: "bde", maxParents: 1 }),
  dags({ variables: 7, score: "bde", levels: 2, maxParents: 2 }),
  dags({ variables: 17, maxParents: 2, graph: "scale-free", score: "bge" }),
  dags({ variables: 33, maxParents: 2, samples: 100, score: "marginal-linear-gaussian" }),

  phylogenetics({ species: 3, sites: 1 }),
  phylogenetics({ species: 4, sites: 9, rate: 1e-6 }),
  phylogenetics({ species: 6, sites: 8, rate: 1 }),
  phylogenetics({ alignment: { name: "ambiguous.fasta", text: AMBIGUOUS }, rate: 0.7 }),
  phylogenetics({ species: 7 }),
  phylogenetics({ species: 5, sites: 30, score: "parsimony", temperature: 2 }),
  phylogenetics({ alignment: { name: "ambiguous.fasta", text: AMBIGUOUS }, score: "parsimony" }),
  phylogenetics({ species: 3, sites: 6, branchBins: 3, binWidth: 0.1 }),
  phylogenetics({ species: 5, sites: 20, branchBins: 50 }),
  phylogenetics({ alignment: { name: "ambiguous.fasta", text: AMBIGUOUS }, branchBins: 63, binWidth: 0.02, branchPrior: 0 }),
  phylogenetics({ species: 27, sites: 400, rate: 0.1, branchBins: 10, binWidth: 0.05 }),
  phylogenetics({ species: 13, sites: 40, dataSeed: 3, rate: 0.05 }),
  phylogenetics({ species: 33, sites: 5, rate: 100 }),
  phylogenetics({ species: 64, sites: 12, rate: 0.01 }),
];

/** A graph of pairs of neighbours. Each of its maximal independent sets has one vertex of each pair. */
function pairs(count: number): DataFile {
  const edges = Array.from({ length: count }, (_, n) => `e ${2 * n + 1} ${2 * n + 2}\n`);
  return { name: "pairs.col", text: `p edge ${2 * count} ${count}\n${edges.join("")}` };
}

/** Items of weight 1 and different values. */
function equalItems(count: number): DataFile {
  return { name: "equal.csv", text: `weight,value\n${Array.from({ length: count }, (_, n) => `1,${(n % 7) + 1}\n`).join("")}` };
}

/** Few objects, and a target that is not flat: their exact samples are counted. */
const COUNTED: Environment[] = [
  hypergrid({ side: 8, r0: 0.1 }),
  hypergrid({ dimensions: 1, side: 3, r0: 1 }),
  hypergrid({ side: 9, rewardFamily: "cosine" }),
  hypergrid({ side: 4, rewardFamily: "sparse", r0: 0.2 }),
  hypergrid({ side: 11, rewardFamily: "deceptive", r0: 0.1, r1: 0.5 }),
  hypergrid({ side: 6, rewardFamily: "bitwise-xor", r0: 1, tierBits: [1, 2, 3], tierWeights: [1, 2, 3] }),
  hypergrid({ dimensions: 3, side: 5, rewardFamily: "bitwise-xor", constrainedDimensions: 2, r0: 1 }),
  hypergrid({
    dimensions: 3,
    side: 5,
    rewardFamily: "multiplicative",
    constrainedDimensions: 2,
    neighbours: "coprime",
    tierWeights: [2, 9],
    exponentCaps: [2, 2],
    tierLcms: [0, 12],
    r0: 0.1,
  }),
  independentSet({ vertices: 8, edgesPerVertex: 1 }),
  independentSet({ vertices: 5, edgesPerVertex: 1, sets: "all" }),
  maxCut({ vertices: 5 }),
  knapsack({ items: 7, temperature: 8 }),
  knapsack({ items: 7, maxItems: 2, temperature: 8 }),
  perfectBinaryTree({ depth: 4 }),
  ising({ rows: 3, columns: 2, disorder: "normal", field: 0.2 }),
  ising({ rows: 1, columns: 4, coupling: 0.5 }),
  ising({ rows: 2, columns: 3, boundary: "free", disorder: "signs" }),
  sets({ items: 6, size: 3 }),
  sets({ items: 33, size: 1 }),
  sequences({ symbols: 3, length: 2 }),
  prependAppend({ symbols: 3, length: 3 }),
  bitSequences({ bits: 8, wordBits: 4, modes: 3, exponent: 0.5, dataSeed: 1 }),
  dags({ data: csvFile(chainSamples(3, 20)) }),
  phylogenetics({ species: 4, sites: 6, dataSeed: 2 }),
];

/** Objects are points. */
const POINTS: Environment[] = [
  gaussianMixture(),
  gaussianMixture({
    means: [
      [-1, 0.5],
      [2, 2],
      [0, -3],
    ],
    variance: 0.4,
    weights: [1, 2, 5],
  }),
  banana(),
  funnel({ dimensions: 2, deviation: 1 }),
  funnel({ dimensions: 7, deviation: 0.5 }), // walks beyond six deviations
  manyWell({ dimensions: 2 }),
  manyWell(),
];

/** Other environments of many objects, under names of their own. */
const PRESETS = ["qm9-small", "tfbind8"];

const titled = (environments: readonly Environment[]) => environments.map((environment) => ({ title: environment.title, environment }));
const namesOf = (environments: readonly Environment[]) => [...new Set(environments.map(({ name }) => name))].sort();

it("leaves no environment out", () => {
  expect(namesOf([...INSTANCES, ...POINTS])).toEqual([...environmentNames].sort());
  expect(namesOf(COUNTED)).toEqual(namesOf(INSTANCES).filter((name) => !PRESETS.includes(name)));
});

/** Most states that the oracle lists. */
const FEW = 3000;

/** Fewer walks where each has more to compare, but always the lowest, the highest and a random one. */
function walksThrough({ horizon, actions, features }: Environment): number {
  return Math.min(24, Math.max(3, Math.floor(200_000 / (horizon * (actions + features)))));
}

describe.each(titled(INSTANCES))("$title", ({ environment }) => {
  const { enumeration } = environment;
  const own = twin(environment);

  it("walks as the oracle does", async () => {
    const lengths = await walkBeside(own, walksThrough(environment));
    expect(Math.max(...lengths), "walk 0 takes all the horizon allows").toBe(environment.horizon);
  });

  it("numbers its states, or says why not", async () => {
    if (!enumeration.available) {
      expect(enumeration.reason).toMatch(/ more than | are not enumerated$/);
      return;
    }
    const withFeatures = enumeration.value <= FEW;
    const { keys } = await enumerated(environment, { withFeatures });
    if (withFeatures) expect(keys.sort()).toEqual(reachableKeys(own).sort());
  });

  it("keeps every promise that a check looks at", async () => {
    const { problems, warnings } = await checkEnvironment(await testDevice(), environment, { walks: walksThrough(environment) });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([]);
  });

  if (enumeration.available && enumeration.value <= FEW) {
    it("knows log Z", () => {
      if (!environment.exactLogZ.available) throw new Error(environment.exactLogZ.reason);
      const expected = logZ(own.reference);
      expect(Math.abs(environment.exactLogZ.value - expected)).toBeLessThan((1e-10 + own.rounding) * (1 + Math.abs(expected)));
    });
  }
});

describe.each(titled(COUNTED))("exact samples of $title", ({ environment }) => {
  it("follow R/Z", () => {
    const { reference, object } = twin(environment);
    const terminals = terminalStates(reference);
    const counts = countsOf(
      exactSamples(environment, 20_000, 5).map((state) => JSON.stringify(environment.decode(state))),
      terminals.map((state) => JSON.stringify(object(state))),
    );
    const target = targetDistribution(reference);
    const probabilities = terminals.map((state) => target.get(reference.key(state))!);
    expect(chiSquare(counts, probabilities)).toBeLessThan(chiSquareLimit(terminals.length - 1));
    // The statistic can tell: the target is not uniform.
    const uniform = terminals.map(() => 1 / terminals.length);
    expect(chiSquare(counts, uniform)).toBeGreaterThan(chiSquareLimit(terminals.length - 1));
  });
});

describe.each(titled(POINTS))("$title", ({ environment }) => {
  it("walks to points as the oracle does, however far", async () => {
    const random = mulberry32(1);
    const given = [
      [0, 0],
      [-0, 1],
      [1, 1],
      [7, -3],
      [1.25, -20],
    ];
    const each = <T>(value: (k: number) => T) => Array.from({ length: environment.horizon }, (_, k) => value(k));
    const points = [...given.map((pair) => each((k) => pair[k % 2]!)), ...Array.from({ length: 20 }, () => each(() => 8 * random() - 4))];
    await walkToPoints(pointTwin(environment), points);
  });

  it("keeps every promise that a check looks at", async () => {
    const { problems, warnings } = await checkEnvironment(await testDevice(), environment);
    expect(problems).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it("knows log Z, and says why its points are not listed", () => {
    expect(environment.exactLogZ).toEqual({ available: true, value: expect.closeTo(pointTwin(environment).logZ, 9) });
    expect(environment.enumeration).toEqual({ available: false, reason: expect.any(String) });
  });
});

describe.each(titled([...COUNTED, ...POINTS]))("the seed of exact samples of $title", ({ environment }) => {
  it("decides what they are", () => {
    const samples = exactSamples(environment, 30, 5);
    expect(exactSamples(environment, 3, 5)).toEqual(samples.slice(0, 3));
    expect(exactSamples(environment, 30, 6)).not.toEqual(samples);
  });
});

describe("the parameters, as JSON", () => {
  it.each(titled([...INSTANCES, ...COUNTED, ...POINTS]))("lead to $title again", ({ environment }) => {
    const again = makeEnvironment(environment.name, JSON.parse(JSON.stringify(environment.parameters)));
    expect(again.parameters).toEqual(environment.parameters);
    expect(again.title).toBe(environment.title);
    expect(again.data).toEqual(environment.data);
  });
});
