/** The likelihood of phylogenetic trees: by hand, and on real alignments. */
import { type Phylogenetics, phylogenetics } from "@webgfn/envs";
import { joined, mulberry32, smallestLeaf, type Tree, treeLogLikelihood } from "@webgfn/reference";
import { environmentConstants } from "@webgfn/sampler/internal";
import { Program } from "@webgfn/tensor";
import { describe, expect, it } from "vitest";
import { dataset, HAVE_DATASETS } from "./datasets.js";
import { testDevice } from "./device.js";
import { lettersOf } from "./twins.js";

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
    const errors = host.map((value, n) => gpu[n]! + environment.logRewardOffset - value);
    const worst = Math.max(...errors.map(Math.abs));
    const apart = Math.max(...errors.map((error) => Math.abs(error - errors[0]!)));
    console.log(
      `${name}: ${environment.patterns} patterns, log R ${host[0]!.toFixed(3)}, error ${worst.toExponential(1)}, of differences ${apart.toExponential(1)}`,
    );
    // Half a unit of the log-likelihood's size is what float32 would round away; the probabilities of a branch, rounded too, and the
    // partials of random trees make up the rest.
    const unit = 2 ** (Math.floor(Math.log2(Math.abs(host[0]!))) - 23);
    expect(worst).toBeLessThan(2 * unit);
    expect(apart).toBeLessThan(2 * unit);
  });
});
