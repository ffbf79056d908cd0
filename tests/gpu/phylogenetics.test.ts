/**
 * Phylogenetic trees: the WGSL module beside the oracle, the numbering of forests, the likelihood on real alignments, the
 * exact target, and training.
 */
import { existsSync, readFileSync } from "node:fs";
import { environment as environmentByName, type Phylogenetics, phylogenetics } from "@webgfn/envs";
import { objective } from "@webgfn/objectives";
import { environmentConstants, mlp, recordBackwardRollout } from "@webgfn/sampler";
import { Program } from "@webgfn/tensor";
import { enumerateObjects, type Progress, Trainer, type TrainerOptions } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import {
  allStates,
  type Forest,
  joined,
  logBackward,
  logForward,
  logZ,
  mulberry32,
  phylogenetics as oracle,
  type ReferenceEnvironment,
  smallestLeaf,
  type Tree,
  targetDistribution,
  terminalState,
  terminalStates,
  terminatingDistribution,
  treeLogLikelihood,
  written,
} from "../reference/index.js";
import { testDevice } from "./device.js";
import { chiSquare, chiSquareLimit, chooser, countsOf, makeRollout, networkOf, oracleMlp, spreadWeights } from "./helpers.js";

/** Letters by their set of bases, A = 1, C = 2, G = 4, T = 8. */
const LETTERS = " ACMGRSVTWYHKDBN";

function lettersOf({ alignment }: Phylogenetics): string[] {
  return alignment.sequences.map((sequence) => Array.from(sequence, (bases) => LETTERS[bases]!).join(""));
}

function reference(environment: Phylogenetics): ReferenceEnvironment<Forest> {
  return oracle({ sequences: lettersOf(environment), rate: environment.parameters["rate"] as number });
}

/** A forest from the documented layout of states: bits 0–5 joins into the slot, 6–11 rank, 12–17 slot, 18 whether joined. */
function forestOf(words: Uint32Array): Forest {
  const taxa = words.length - 1;
  const tree = (slot: number): Tree => {
    const leaves = Array.from({ length: taxa }, (_, leaf) => leaf).filter(
      (leaf) => words[leaf]! >> 18 === 1 && ((words[leaf]! >> 12) & 63) === slot,
    );
    expect(leaves.length).toBe(words[slot]! & 63);
    leaves.sort((a, b) => ((words[a]! >> 6) & 63) - ((words[b]! >> 6) & 63));
    expect(leaves.map((leaf) => (words[leaf]! >> 6) & 63)).toEqual(leaves.map((_, rank) => rank));
    return leaves.reduce<Tree>((left, leaf) => [left, tree(leaf)], slot);
  };
  const roots = Array.from({ length: taxa }, (_, slot) => slot).filter((slot) => words[slot]! >> 18 === 0);
  expect(taxa - roots.length).toBe(words[taxa]);
  return roots.map(tree);
}

/** A random tree, as a state and as the oracle has it. */
function randomTree(taxa: number, random: () => number): { words: Uint32Array; tree: Tree } {
  const words = new Uint32Array(taxa + 1);
  let trees: Tree[] = Array.from({ length: taxa }, (_, leaf) => leaf);
  while (trees.length > 1) {
    const a = trees[Math.floor(random() * trees.length)]!;
    const others = trees.filter((tree) => tree !== a);
    const b = others[Math.floor(random() * others.length)]!;
    const [i, j] = [smallestLeaf(a), smallestLeaf(b)].sort((x, y) => x - y) as [number, number];
    words[j]! |= (1 << 18) | (i << 12) | ((words[i]! & 63) << 6);
    words[i]! += 1;
    words[taxa]! += 1;
    trees = [...others.filter((tree) => tree !== b), joined(a, b)];
  }
  return { words, tree: trees[0]! };
}

/** Everything that the module says about given states. */
const INSPECT = `
import constants::{ACTIONS, FEATURES, STATE_WORDS, FACTS};
import package::environment::{State, is_terminal, is_allowed, apply, is_undoable, undo, parent_count, level, feature, next_feature, log_reward};

@group(0) @binding(0) var<storage, read> states: array<u32>;        // [state][word]
@group(0) @binding(1) var<storage, read_write> facts: array<u32>;   // [state][FACTS]

fn same(a: State, b: State) -> bool {
  var equal = true;
  for (var word = 0u; word < STATE_WORDS; word++) {
    equal = equal && a[word] == b[word];
  }
  return equal;
}

@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  var state = State();
  for (var word = 0u; word < STATE_WORDS; word++) {
    state[word] = states[id.x * STATE_WORDS + word];
  }
  var at = id.x * FACTS;
  facts[at] = select(0u, 1u, is_terminal(state));
  facts[at + 1u] = level(state);
  facts[at + 2u] = parent_count(state);
  facts[at + 3u] = bitcast<u32>(log_reward(state));
  at += 4u;
  for (var action = 0u; action < ACTIONS; action++) {
    let allowed = is_allowed(state, action);
    let undoable = is_undoable(state, action);
    var reversible = true;
    if (allowed) {
      let next = apply(state, action);
      reversible = is_undoable(next, action) && same(undo(next, action), state) && level(next) == level(state) + 1u;
    }
    if (undoable) {
      let previous = undo(state, action);
      reversible = reversible && is_allowed(previous, action) && same(apply(previous, action), state);
    }
    facts[at + action] = select(0u, 1u, allowed) + select(0u, 2u, undoable) + select(0u, 4u, reversible);
  }
  at += ACTIONS;
  for (var k = 0u; k < FEATURES; k++) {
    facts[at + k] = u32(feature(state, k));
  }
  at += FEATURES;
  for (var k = 0u; k <= FEATURES; k++) {
    facts[at + k] = next_feature(state, k);
  }
}`;

const APPLY = `
import constants::STATE_WORDS;
import package::environment::{State, apply};
@group(0) @binding(0) var<storage, read_write> states: array<u32>;
@group(0) @binding(1) var<storage, read> chosen: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  var state = State();
  for (var word = 0u; word < STATE_WORDS; word++) {
    state[word] = states[id.x * STATE_WORDS + word];
  }
  let next = apply(state, chosen[id.x]);
  for (var word = 0u; word < STATE_WORDS; word++) {
    states[id.x * STATE_WORDS + word] = next[word];
  }
}`;

const LIST = `
import constants::{STATE_WORDS, STATES};
import package::environment::{state_at, state_index};
@group(0) @binding(0) var<storage, read_write> states: array<u32>;   // [STATES][STATE_WORDS], then the index again
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < STATES) {
    let state = state_at(id.x);
    for (var word = 0u; word < STATE_WORDS; word++) {
      states[id.x * (STATE_WORDS + 1u) + word] = state[word];
    }
    states[id.x * (STATE_WORDS + 1u) + STATE_WORDS] = state_index(state);
  }
}`;

const REWARDS = `
import constants::STATE_WORDS;
import package::environment::{State, log_reward};
@group(0) @binding(0) var<storage, read> states: array<u32>;
@group(0) @binding(1) var<storage, read_write> rewards: array<f32>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  var state = State();
  for (var word = 0u; word < STATE_WORDS; word++) {
    state[word] = states[id.x * STATE_WORDS + word];
  }
  rewards[id.x] = log_reward(state);
}`;

/** log R of the trees in these states, as the GPU has it. */
async function gpuRewards(environment: Phylogenetics, states: readonly Uint32Array[]): Promise<Float32Array> {
  const device = await testDevice();
  const kernel = await device.kernel({
    root: "rewards",
    modules: { rewards: REWARDS, environment: environment.shader },
    constants: environmentConstants(environment),
  });
  const words = device.tensorFrom(Uint32Array.from(states.flatMap((state) => [...state])));
  const rewards = device.tensor([states.length]);
  const environment_data = device.tensorFrom(environment.data);
  await new Program(device, "rewards").add(kernel, { states: words, rewards, environment_data }, [states.length]).run();
  return (await rewards.read()) as Float32Array;
}

/** Real alignments are not ours to ship: they are tested where they lie beside the repository. */
const datasetFile = (name: string) => new URL(`../../../shared/data/${name}.json`, import.meta.url);
const HAVE_DATASETS = existsSync(datasetFile("DS1"));

/** A real alignment as FASTA. */
function dataset(name: string): { name: string; text: string } {
  const sequences = JSON.parse(readFileSync(datasetFile(name), "utf8")) as Record<string, string>;
  return {
    name: `${name}.fasta`,
    text: Object.entries(sequences)
      .map(([taxon, letters]) => `>${taxon}\n${letters}\n`)
      .join(""),
  };
}

const positions = <T>(values: ArrayLike<T>, wanted: (value: T) => boolean): number[] =>
  Array.from(values).flatMap((value, i) => (wanted(value) ? [i] : []));

describe("the module", () => {
  const AMBIGUOUS = ">a\nACGTRYN-\n>b\nACGARYKM\n>c\nTCGANNSW\n>d\nTTTT----\n>e\nACBDHVAC\n>f\nGGGGGGGG\n";

  it.each([
    phylogenetics({ species: 3, sites: 1 }),
    phylogenetics({ species: 4, sites: 9, rate: 1e-6 }),
    phylogenetics({ alignment: { name: "ambiguous.fasta", text: AMBIGUOUS }, rate: 0.7 }),
    phylogenetics({ species: 7 }),
    phylogenetics({ species: 13, sites: 40, dataSeed: 3, rate: 0.05 }),
    phylogenetics({ species: 33, sites: 5, rate: 100 }),
    phylogenetics({ species: 64, sites: 12, rate: 0.01 }),
  ])("walks as the oracle does: $title", async (environment) => {
    const device = await testDevice();
    const twin = reference(environment);
    const { actions, features, stateWords, horizon } = environment;
    const walks = environment.parameters["species"] === 64 ? 3 : 6;
    const facts = 4 + actions + 2 * features + 1;
    const constants = { ...environmentConstants(environment), FACTS: facts };
    const [inspect, apply] = await Promise.all(
      Object.entries({ inspect: INSPECT, apply: APPLY }).map(([root, text]) =>
        device.kernel({ root, modules: { [root]: text, environment: environment.shader }, constants }),
      ),
    );
    const states = device.tensor([walks, stateWords], { dtype: "u32" });
    const chosen = device.tensor([walks], { dtype: "u32" });
    const results = device.tensor([walks, facts], { dtype: "u32" });
    const environment_data = device.tensorFrom(environment.data);
    const looking = new Program(device, "inspect").add(inspect!, { states, facts: results, environment_data }, [walks]);
    const going = new Program(device, "apply").add(apply!, { states, chosen }, [walks]);
    const choose = chooser(4);
    const forests = Array.from({ length: walks }, () => twin.initial());

    for (let step = 0; step <= horizon; step++) {
      await looking.run();
      const [words, values] = (await Promise.all([states.read(), results.read()])) as [Uint32Array, Uint32Array];
      const floats = new Float32Array(values.buffer);
      const next = forests.map((forest, walk) => {
        const at = twin.key(forest);
        const start = walk * facts;
        const own = words.slice(walk * stateWords, (walk + 1) * stateWords);
        expect(twin.key(forestOf(own))).toBe(at);
        expect(values[start], at).toBe(Number(step === horizon));
        expect(values[start + 1], at).toBe(step);
        const parents = twin.parents(forest).map(({ action }) => action);
        expect(values[start + 2], at).toBe(parents.length);
        const flags = values.subarray(start + 4, start + 4 + actions);
        const allowed = positions(flags, (flag) => (flag & 1) !== 0);
        expect(allowed, at).toEqual(positions(twin.allowed(forest), Boolean));
        expect(
          positions(flags, (flag) => (flag & 2) !== 0),
          at,
        ).toEqual(parents.sort((a, b) => a - b));
        expect(
          positions(flags, (flag) => (flag & 4) === 0),
          at,
        ).toEqual([]);
        const featuresAt = start + 4 + actions;
        const found = values.subarray(featuresAt, featuresAt + features);
        expect([...found], at).toEqual(twin.featuresOf(forest));
        const nonZero = positions(found, (x) => x !== 0);
        const expected = Array.from({ length: features + 1 }, () => features);
        for (let k = features - 1, last = features; k >= 0; k--) {
          if (found[k] !== 0) last = k;
          expected[k] = last;
        }
        expect(nonZero.length).toBe(2 * step);
        expect([...values.subarray(featuresAt + features, featuresAt + 2 * features + 1)], at).toEqual(expected);
        if (step === horizon) {
          const logR = twin.logReward(forest);
          expect(Math.abs(floats[start + 3]! - logR), `${floats[start + 3]} is not ${logR}`).toBeLessThan(1e-6 * (1 + Math.abs(logR)));
          expect(environment.decode(own)).toEqual({ newick: `${written(forest[0]!, environment.alignment.names)};` });
          return 0;
        }
        // The first walk takes the lowest actions, a caterpillar; the second the highest.
        return walk === 0 ? allowed[0]! : walk === 1 ? allowed.at(-1)! : choose(allowed);
      });
      if (step === horizon) break;
      chosen.write(Uint32Array.from(next));
      await going.run();
      next.forEach((action, walk) => {
        forests[walk] = twin.apply(forests[walk]!, action);
      });
    }
    for (const tensor of [states, chosen, results, environment_data]) tensor.dispose();
  });

  it("rolls out and replays with the oracle's probabilities", async () => {
    const device = await testDevice();
    const environment = phylogenetics({ species: 6, sites: 10 });
    const twin = reference(environment);
    const net = networkOf(environment, [9, 7]);
    const weights = [spreadWeights(net, 1), spreadWeights(net, 2)];
    const rollout = await makeRollout(device, { environment, net, batch: 33, weights, settings: [{ seed: 1 }, { seed: 2 }] });
    const sampled = await rollout.sample();
    expect(await rollout.replay()).toEqual(sampled);
    const words = environment.exactSampling.available ? environment.exactSampling.value(11, 4) : new Uint32Array(0);
    const backward = new Program(device, "backward");
    const targets = device.tensorFrom(words);
    await recordBackwardRollout(
      backward,
      rollout.shape,
      { replicas: rollout.buffers.replicas, targets, actions: rollout.buffers.actions },
      3,
    );
    await backward.run();
    const replayed = await rollout.replay();
    replayed.forEach((trajectories) => {
      trajectories.forEach(({ object }, n) => {
        expect(object).toEqual(words.slice(7 * Math.floor(n / 3), 7 * Math.floor(n / 3) + 7));
      });
    });
    for (const run of [sampled, replayed]) {
      run.forEach((trajectories, r) => {
        const network = oracleMlp(weights[r]!);
        for (const { actions, object, logForward: s, logBackward: b, logReward } of trajectories) {
          const end = terminalState(twin, actions);
          expect(forestOf(object)).toEqual(end);
          expect(Math.abs(s - logForward(twin, network, actions))).toBeLessThan(1e-4);
          expect(Math.abs(b - logBackward(twin, actions))).toBeLessThan(1e-5);
          expect(Math.abs(logReward - twin.logReward(end))).toBeLessThan(1e-4);
        }
      });
    }
  });
});

describe("the numbering of forests", () => {
  it.each([
    { species: 3, forests: 7, trees: 3 },
    { species: 4, forests: 37, trees: 15 },
    { species: 5, forests: 266, trees: 105 },
    { species: 6, forests: 2431, trees: 945 },
    { species: 7, forests: 27007, trees: 10395 },
    { species: 8, forests: 353522, trees: 135135 },
  ])("has each of the $forests forests and $trees trees of $species species once", async ({ species, forests, trees }) => {
    const device = await testDevice();
    const environment = phylogenetics({ species, sites: 2 });
    expect(environment.enumeration).toEqual({ available: true, value: forests });
    const kernel = await device.kernel({
      root: "list",
      modules: { list: LIST, environment: environment.shader },
      constants: { ...environmentConstants(environment), STATES: forests },
    });
    const stride = species + 2;
    const states = device.tensor([forests, stride], { dtype: "u32" });
    const environment_data = device.tensorFrom(environment.data);
    await new Program(device, "list").add(kernel, { states, environment_data }, [Math.ceil(forests / 64)]).run();
    const words = (await states.read()) as Uint32Array;
    const listed = new Set<string>();
    let complete = 0;
    let misnumbered = 0;
    for (let n = 0; n < forests; n++) {
      const own = words.subarray(n * stride, (n + 1) * stride);
      listed.add(own.subarray(0, species + 1).join());
      if (own[species] === species - 1) complete++;
      if (own[species + 1] !== n) misnumbered++;
    }
    expect(misnumbered).toBe(0);
    expect(listed.size).toBe(forests);
    expect(complete).toBe(trees);
    if (species <= 6) {
      const twin = reference(environment);
      const keys = [...listed].map((text) => twin.key(forestOf(Uint32Array.from(text.split(","), Number))));
      expect(keys.sort()).toEqual(
        allStates(twin)
          .map((state) => twin.key(state))
          .sort(),
      );
    }
    states.dispose();
  });

  it("lists the paper's 10,395 trees with rewards that add up to Z", async () => {
    const environment = phylogenetics();
    const objects = await enumerateObjects(await testDevice(), environment);
    expect(objects.length).toBe(10_395);
    expect(new Set(objects.map(({ object }) => JSON.stringify(object))).size).toBe(10_395);
    const highest = Math.max(...objects.map(({ logReward }) => logReward));
    const sum = objects.reduce((total, { logReward }) => total + Math.exp(logReward - highest), 0);
    expect(environment.exactLogZ).toEqual({ available: true, value: expect.closeTo(highest + Math.log(sum), 4) });
  });

  it("is not there where there are too many, and says why", () => {
    const many = phylogenetics({ species: 9 });
    expect(many.enumeration).toEqual({ available: false, reason: expect.stringContaining("5329837 forests of 9 species") });
    expect(many.exactLogZ.available || many.exactSampling.available).toBe(false);
    const long = phylogenetics({ species: 8, sites: 2000 });
    expect(long.enumeration).toEqual({ available: false, reason: expect.stringMatching(/135135 trees on \d+ site patterns/) });
  });
});

describe("the exact target", () => {
  it("has the oracle's log Z", () => {
    for (const environment of [phylogenetics({ species: 4 }), phylogenetics({ species: 6, sites: 8, rate: 1 })]) {
      expect(environment.exactLogZ).toEqual({ available: true, value: expect.closeTo(logZ(reference(environment)), 9) });
    }
  });

  it("is sampled exactly", () => {
    const environment = phylogenetics({ species: 4, sites: 6, dataSeed: 2 });
    const twin = reference(environment);
    if (!environment.exactSampling.available) throw new Error("expected an exact sampler");
    const count = 20_000;
    const words = environment.exactSampling.value(count, 5);
    const drawn = Array.from({ length: count }, (_, n) => twin.key(forestOf(words.slice(5 * n, 5 * n + 5))));
    const keys = terminalStates(twin).map((state) => twin.key(state));
    const target = targetDistribution(twin);
    const counts = countsOf(drawn, keys);
    expect(
      chiSquare(
        counts,
        keys.map((key) => target.get(key)!),
      ),
    ).toBeLessThan(chiSquareLimit(14));
    expect(
      chiSquare(
        counts,
        keys.map(() => 1 / 15),
      ),
    ).toBeGreaterThan(chiSquareLimit(14));
    expect(environment.exactSampling.value(3, 5)).toEqual(words.slice(0, 15));
    expect(environment.exactSampling.value(3, 6)).not.toEqual(words.slice(0, 15));
  });
});

describe("the likelihood", () => {
  it("of three and four species is what the hand has", async () => {
    const s = 1 / 4 + (3 / 4) * Math.exp(-1.2);
    const d = 1 / 4 - (1 / 4) * Math.exp(-1.2);
    const three = phylogenetics({ alignment: { name: "three.fasta", text: ">a\nA\n>b\nA\n>c\nC\n" } });
    const atA = s * s * s + 3 * d * d * d;
    const elsewhere = d * s * s + (s + 2 * d) * d * d;
    const [first] = await gpuRewards(three, [Uint32Array.of(2, 0x40000, 0x40040, 2)]);
    expect(first).toBeCloseTo(Math.log((atA * d + elsewhere * (s + 2 * d)) / 4), 5);

    const four = phylogenetics({ alignment: { name: "four.fasta", text: ">a\nA\n>b\nC\n>c\nA\n>d\nC\n" } });
    const pair = [s * d, s * d, d * d, d * d]; // below the parent of an A and a C
    const below = (root: number) => pair.reduce((sum, value, base) => sum + (base === root ? s : d) * value, 0);
    const likelihood = [0, 1, 2, 3].reduce((sum, root) => sum + below(root) ** 2 / 4, 0);
    // ((a, b), (c, d)): 1 into 0 first, 3 into 2, then 2 into 0 second.
    const [second] = await gpuRewards(four, [Uint32Array.of(2, 0x40000, 0x40041, 0x42000, 3)]);
    expect(second).toBeCloseTo(Math.log(likelihood), 5);
  });

  it.runIf(HAVE_DATASETS).each([
    ["DS1", 27, 1949],
    ["DS2", 29, 2520],
    ["DS3", 36, 1812],
    ["DS4", 41, 1137],
    ["DS5", 50, 378],
    ["DS6", 50, 1133],
    ["DS7", 59, 1824],
    ["DS8", 64, 1008],
  ] as const)("of random trees on %s, %d taxa and %d sites, is float64's to float32's last places", async (name, taxa, sites) => {
    const environment = phylogenetics({ alignment: dataset(name) });
    expect([environment.alignment.names.length, environment.alignment.sequences[0]!.length]).toEqual([taxa, sites]);
    const random = mulberry32(taxa);
    const trees = Array.from({ length: 4 }, () => randomTree(taxa, random));
    const host = trees.map(({ words }) => environment.logLikelihood(words));
    const letters = lettersOf(environment);
    expect(host[0]).toBeCloseTo(treeLogLikelihood(trees[0]!.tree, { sequences: letters, rate: 0.3 }), 6);
    const gpu = await gpuRewards(
      environment,
      trees.map(({ words }) => words),
    );
    const errors = host.map((value, n) => gpu[n]! - value);
    const worst = Math.max(...errors.map(Math.abs));
    const apart = Math.max(...errors.map((error) => Math.abs(error - errors[0]!)));
    console.log(
      `${name}: ${environment.patterns} patterns, log R ${host[0]!.toFixed(3)}, error ${worst.toExponential(1)}, of differences ${apart.toExponential(1)}`,
    );
    // Half a unit is the rounding of the result itself; the probabilities of a branch, rounded too, make up the rest.
    const unit = 2 ** (Math.floor(Math.log2(Math.abs(host[0]!))) - 23);
    expect(worst).toBeLessThan(2 * unit);
    expect(apart).toBeLessThan(2 * unit);
  });
});

/** Trains to the end and returns the first and the last evaluation. */
async function train(options: TrainerOptions): Promise<{ trainer: Trainer; before: Progress; after: Progress }> {
  const trainer = await Trainer.create(await testDevice(), options);
  const evaluations: Progress[] = [];
  for await (const progress of trainer.run({ evaluateEvery: trainer.options.steps })) evaluations.push(progress);
  return { trainer, before: evaluations[0]!, after: evaluations.at(-1)! };
}

describe("training", () => {
  it.each(["renyi", "tb"])("on five species with %s comes close to the target", async (name) => {
    const environment = phylogenetics({ species: 5, sites: 12 });
    const { trainer, before, after } = await train({
      environment,
      policy: mlp({ hidden: [32, 32] }),
      objective: objective(name),
      batchSize: 64,
      steps: 1200,
      learningRate: 3e-3,
      logZLearningRate: 0.5,
    });
    console.log(`five species, ${name}: L1 ${before.l1?.toFixed(4)} -> ${after.l1?.toFixed(4)}`);
    // The evaluator's L1 is that of the oracle's distributions for the same weights.
    const twin = reference(environment);
    const reached = terminatingDistribution(twin, oracleMlp((await trainer.weights())[0]!));
    const target = targetDistribution(twin);
    const l1 = [...target].reduce((sum, [key, p]) => sum + Math.abs(p - reached.get(key)!), 0);
    expect(after.l1).toBeCloseTo(l1, 3);
    expect(before.l1).toBeGreaterThan(0.3);
    expect(after.l1).toBeLessThan(0.1);
    trainer.dispose();
  });

  // Evaluations take 1,024 trajectories each, which is much on a software adapter: the batches' own means will do.
  it.runIf(HAVE_DATASETS).each([
    ["DS1", 30, 0.03, 60],
    ["DS5", 24, 0.1, 10],
  ] as const)(
    "on %s raises the likelihood within %d steps, in bounded memory",
    { timeout: 600_000 },
    async (name, steps, learningRate, least) => {
      const environment = phylogenetics({ alignment: dataset(name) });
      const options: TrainerOptions = {
        environment,
        policy: mlp({ hidden: [32] }),
        objective: objective("reverse-kl"),
        batchSize: 16,
        steps,
        learningRate,
        decayPower: 0,
      };
      const trainer = await Trainer.create(await testDevice(), options);
      const means: number[] = [];
      let seconds = 0;
      for (let step = 0; step < steps; step++) {
        const start = performance.now();
        await trainer.train(1);
        if (step > 0) seconds += (performance.now() - start) / 1000 / (steps - 1);
        means.push((await trainer.buffers.metrics.read())[4] as number);
      }
      const bytes = Object.values(trainer.buffers).reduce((sum, tensor) => sum + ("size" in tensor ? 4 * tensor.size : 0), 0);
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const [before, after] = [mean(means.slice(0, 5)), mean(means.slice(-5))];
      console.log(
        `${name}: mean log R ${before.toFixed(1)} -> ${after.toFixed(1)}, ${(1000 * seconds).toFixed(0)} ms a step, ${(bytes / 2 ** 20).toFixed(1)} MiB of buffers`,
      );
      expect(after).toBeGreaterThan(before + least);
      expect(bytes).toBeLessThan(64 * 2 ** 20);
      trainer.dispose();
    },
  );
});

describe("parameters", () => {
  it("lead to the same environment again", () => {
    for (const environment of [
      phylogenetics({ species: 5, rate: 0.2 }),
      phylogenetics({ alignment: { name: "a.fasta", text: ">a\nA\n>b\nC\n>c\nG\n" } }),
    ]) {
      const again = environmentByName(environment.name, JSON.parse(JSON.stringify(environment.parameters)));
      expect(again.data).toEqual(environment.data);
      expect(again.title).toBe(environment.title);
    }
    expect(phylogenetics({ dataSeed: 1 }).data).not.toEqual(phylogenetics().data);
  });

  it.each([
    ["two species", () => phylogenetics({ species: 2 }), /species/],
    ["65 species", () => phylogenetics({ species: 65 }), /species/],
    ["no sites", () => phylogenetics({ sites: 0 }), /sites/],
    ["a rate of 0", () => phylogenetics({ rate: 0 }), /rate/],
    ["a rate that is no number", () => phylogenetics({ rate: "fast" as never }), /rate/],
    ["an unknown parameter", () => phylogenetics({ taxa: 5 } as never), /"taxa"/],
    ["an alignment and species", () => phylogenetics({ species: 5, alignment: { name: "a", text: "" } }), /either an alignment or species/],
    ["an alignment by name alone", () => phylogenetics({ alignment: "a.fasta" as never }), /\{ name, text \}/],
  ])("rejects %s", (_, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: "argument" }));
  });
});
