import source from "@webgfn/shaders/envs/phylogenetics.wgsl";
import { rules } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { available, type Capability, unavailable } from "./capability.js";
import type { DataFile } from "./data-file.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import { type Environment, MOST_STATES } from "./environment.js";
import { listedTarget } from "./listed-target.js";
import { FILE, SEED } from "./parameters.js";
import { type Alignment, parseAlignment } from "./phylogenetics/alignment.js";
import { logLikelihoodsOfTrees } from "./phylogenetics/all-trees.js";
import { type Branches, binnedBranches, equalBranches, logPriorOf } from "./phylogenetics/branches.js";
import { exactClades, sampleTrees } from "./phylogenetics/exact-target.js";
import { joinsOf, lengthsOf, MOST_BINS } from "./phylogenetics/forest-state.js";
import { forestCount, grownForests, treeAt, treeCount } from "./phylogenetics/forests.js";
import { type BranchProbabilities, type Pruning, pruning } from "./phylogenetics/jukes-cantor.js";
import { newick } from "./phylogenetics/newick.js";
import { parsimony } from "./phylogenetics/parsimony.js";
import { encodeTree } from "./phylogenetics/read-newick.js";
import { referenceTree } from "./phylogenetics/reference-tree.js";
import { FEWEST_TAXA, MOST_SITES, MOST_TAXA } from "./phylogenetics/sequence-record.js";
import { simulateAlignment } from "./phylogenetics/simulation.js";
import { type SitePatterns, sitePatterns } from "./phylogenetics/site-patterns.js";
import { type TreeObject, treeDisplay } from "./phylogenetics/tree-display.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link phylogenetics}. */
export interface PhylogeneticsParameters extends RewardOptions<TreeObject> {
  /** Number of species n of the simulated alignment, from 3 to 64. Default 7, the paper's. */
  species?: number;
  /** Number of simulated sites, from 1 to 100,000. Default 25, the paper's. */
  sites?: number;
  /**
   * Rate λ of JC69, from 1e-6 to 100; every branch has length 1. Default 0.3, the paper's. With {@link branchBins} only the simulation uses
   * it; its default is then 0.02.
   */
  rate?: number;
  /** Seed of the simulated tree and alignment. Default 0. */
  dataSeed?: number;
  /** `likelihood` of the alignment under JC69 (default, the paper's), or `parsimony`: the least number of changes M, with log R = (C − M)/T. */
  score?: "likelihood" | "parsimony";
  /** Temperature T of the score `parsimony`, from 1e-3 to 1e6. Default 4. */
  temperature?: number;
  /**
   * Number of bins that actions choose the length of every branch from, up to 63; 0 (default) for equal branches. Bin b has the length (b +
   * ½) · `binWidth`. Chosen lengths need the policy `mlp`.
   */
  branchBins?: number;
  /** Width of a bin in expected substitutions per site, from 1e-6 to 10. Default 0.004. */
  binWidth?: number;
  /** Rate of the exponential prior over branch lengths (1 / their mean), from 0 (all bins equally likely) to 1e4. Default 10. */
  branchPrior?: number;
  /** Sequences to use instead of simulated ones, in FASTA, NEXUS or PHYLIP format; 3 to 64 taxa. */
  alignment?: DataFile;
}

/** Temperature of the parsimony. */
const TEMPERATURE = 4;
/** Bins of branch lengths: their width and prior are those of PhyloGFN (Zhou et al., ICLR 2024), and the rate of the simulation fits them. */
const BIN_WIDTH = 0.004;
const BRANCH_PRIOR = 10;
const BINNED_RATE = 0.02;

const PARAMETERS = {
  species: { value: 7, rule: rules.whole(FEWEST_TAXA, MOST_TAXA), help: "species of the simulated alignment" },
  sites: { value: 25, rule: rules.whole(1, MOST_SITES), help: "sites of the simulated alignment" },
  rate: { value: 0.3, rule: rules.number(1e-6, 100), help: "rate of JC69; every branch has length 1" },
  dataSeed: { value: 0, rule: SEED, help: "seed of the simulated tree and alignment" },
  score: { rule: rules.oneOf("likelihood", "parsimony"), help: "score of a tree: its likelihood (default), or its parsimony" },
  temperature: {
    rule: rules.number(1e-3, 1e6),
    help: `temperature T of the score parsimony: log R = (C − changes)/T (default ${TEMPERATURE})`,
  },
  branchBins: { rule: rules.whole(0, MOST_BINS), help: "bins that branch lengths are chosen from (default 0: all branches are alike)" },
  binWidth: { rule: rules.number(1e-6, 10), help: `width of those bins, in substitutions per site (default ${BIN_WIDTH})` },
  branchPrior: { rule: rules.number(0, 1e4), help: `rate of the exponential prior over branch lengths (default ${BRANCH_PRIOR})` },
  alignment: { rule: FILE, help: "sequences instead of simulated ones, in FASTA, NEXUS or PHYLIP format", file: true },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 64, steps: 6250, policy: "gin", hidden: [64, 64] };
/** Defaults with branch lengths, for which the graph network has no output. */
const BINNED_DEFAULTS: TrainingDefaults = { batchSize: 64, steps: 6250, hidden: [128, 128] };

/** The environment `phylogenetics`, with its alignment and likelihood. */
export interface Phylogenetics extends Environment<TreeObject> {
  /** Names and sequences, in the order of the leaves' numbers. */
  readonly alignment: Alignment;
  /** Number of distinct columns of the alignment. */
  readonly patterns: number;
  /**
   * Log-likelihood of a terminal state, computed on the host in float64: log R + {@link logRewardOffset}. With the score `parsimony` it is −M/T. With
   * branch lengths it includes the log of their prior probability.
   */
  logLikelihood(state: Uint32Array): number;
  /**
   * log R = log-likelihood − this. With `parsimony` it is −C/T, with C the changes of a plausible tree. Otherwise it is 0 if log-likelihoods
   * are small in size, else the log-likelihood of a plausible tree, so that float32 resolves the differences between trees.
   */
  readonly logRewardOffset: number;
}

/** If log-likelihoods exceed this in size, log R is measured relative to a tree: float32 has steps of 6e-5 here, and of .008 at 1e5. */
const LARGEST_LOG_REWARD = 1000;

/** Largest trees × site patterns for an exact target. The host computes the likelihood of every tree in a few seconds. */
const MOST_EXACT_WORK = 2 ** 25;
/** Number of 4-bit sets of bases per float: float32 represents whole numbers of 6 · 4 bits exactly. */
const PER_FLOAT = 6;

/**
 * Makes the environment of Bayesian phylogenetic inference (method §4). A trajectory starts with n species as single leaves, and joins two
 * trees at a time until one is left. A backward action undoes any join whose tree is not part of another tree. R is, up to a constant, the
 * likelihood of an alignment under JC69 with all branches of length 1, computed by Felsenstein's pruning. With the score `parsimony`, R is
 * e^{−M/T} for the least number of changes M, computed by Fitch's algorithm. The modes are the trees with at least half the highest reward.
 * They are known if the trees can be enumerated.
 *
 * @throws WebgfnError `argument` for parameters out of range, `file` for an unusable alignment.
 *
 * @example
 * ```ts
 * import { phylogenetics } from "@webgfn/envs";
 * const text = ">human\nACGT\n>chimp\nACGA\n>gorilla\nACCA\n>gibbon\nTCCA\n";
 * const environment = phylogenetics({ alignment: { name: "apes.fasta", text } });
 * console.log(environment.title, environment.horizon); // phylogenetic trees of 4 species, 4 sites from apes.fasta 3
 * console.log(environment.exactLogZ.value?.toFixed(4)); // -18.5597
 * ```
 */
export function phylogenetics(parameters: PhylogeneticsParameters = {}): Phylogenetics {
  checkParameters("phylogenetics", parameters, PARAMETERS);
  const { score = "likelihood", temperature = TEMPERATURE, branchBins = 0, binWidth = BIN_WIDTH, branchPrior = BRANCH_PRIOR } = parameters;
  const { rate = branchBins > 0 ? BINNED_RATE : PARAMETERS.rate.value } = parameters;
  if (parameters.temperature !== undefined && score !== "parsimony") {
    throw argumentError("phylogenetics' temperature belongs to the score parsimony", "leave it out, or take beta");
  }
  requireBranches(parameters);
  const { alignment, origin, kept } = dataset(parameters, rate);
  const taxa = alignment.names.length;
  const sites = alignment.sequences[0]?.length ?? 0;
  const patterns = sitePatterns(alignment.sequences);
  const branches = branchBins > 0 ? binnedBranches(branchBins, binWidth, branchPrior) : equalBranches(rate);
  const isParsimony = score === "parsimony";
  const likelihood = pruning(patterns, branches.probabilities);
  const changes = parsimony(patterns, temperature);
  const scored = (joins: Uint8Array, lengths: Uint8Array) =>
    isParsimony ? changes(joins) : likelihood.total(joins, lengths) + logPriorOf(branches, lengths);
  const reference = referenceTree(patterns);
  const referenceLengths = likeliestLengths(reference, branches, likelihood.total);
  const atReference = (isParsimony ? changes : likelihood.total)(reference, referenceLengths);
  const logRewardOffset = isParsimony || Math.abs(atReference) > LARGEST_LOG_REWARD ? atReference : 0;

  // Use the probabilities of branches as the shader rounds them: rounding that affects all trees equally then cancels.
  const isCounted = !isParsimony && logRewardOffset !== 0;
  const { ofPattern } = pruning(patterns, branches.probabilities.map(rounded));
  const origins = patterns.bases.map((_, pattern) => (isCounted ? ofPattern(pattern, reference, referenceLengths) : 0));
  const obstacle = branchBins > 0 ? "trees with branch lengths are not enumerated" : obstacleToEnumeration(taxa, patterns.bases.length);
  const ofAll = () =>
    isParsimony ? scoresOfTrees(taxa, changes) : logLikelihoodsOfTrees(taxa, patterns, branches.probabilities[0] as BranchProbabilities);
  const target = obstacle === undefined ? listedTarget(ofAll().map((score) => score - logRewardOffset)) : undefined;
  const provided = <T>(value: T | undefined): Capability<T> => (value === undefined ? unavailable(obstacle as string) : available(value));
  const pairs = (taxa * (taxa - 1)) / 2;
  return withReward(
    {
      name: "phylogenetics",
      parameters: {
        ...kept,
        ...((branchBins === 0 || parameters.alignment === undefined) && { rate }),
        ...(isParsimony && { score, temperature }),
        ...(branchBins > 0 && { branchBins, binWidth, branchPrior }),
      },
      title: `phylogenetic trees of ${taxa} species, ${sites} sites${origin}${isParsimony ? ", parsimony" : ""}${branchBins > 0 ? ", with branch lengths" : ""}`,
      shader: source,
      constants: { TAXA: taxa, PATTERNS: patterns.bases.length, PARSIMONY: isParsimony ? 1 : 0, BINS: branchBins },
      stateWords: taxa + 1,
      actions: pairs + branchBins,
      horizon: branchBins > 0 ? 3 * taxa - 4 : taxa - 1,
      ...(branchBins === 0 && { leaves: taxa }),
      features: pairs + (taxa - 1) ** 2 + (branchBins > 0 ? 2 * (taxa - 1) + 2 * branchBins : 0),
      featureOrder:
        "joins by leaf: feature j·(j−1)/2 + i is 1 where the tree of smallest leaf j has been joined into that of smallest leaf i < j; " +
        "then ranks: feature n·(n−1)/2 + (j−1)·(n−1) + r is 1 where that was the r-th join (from 0) into the tree of i" +
        (branchBins > 0 ? "; then two lengths for each join of j, bin / 64; then the two chosen lengths, one-hot" : ""),
      data: environmentData(
        patterns,
        isParsimony ? [-atReference * temperature, 1 / temperature] : branchTable(branches),
        origins,
        target === undefined ? [] : grownForests(taxa),
      ),
      enumeration: provided(target && forestCount(taxa)),
      exactLogZ: provided(target?.logZ),
      ...(target === undefined ? {} : { modeThreshold: target.highest - Math.LN2 }),
      exactSampling: provided(target && ((count: number, seed: number) => sampleTrees(count, seed, taxa, target))),
      alignment,
      patterns: patterns.bases.length,
      logLikelihood: (state) => scored(joinsOf(state), lengthsOf(state)),
      logRewardOffset,
      // The prior over trees is uniform.
      ...(!isParsimony && { marginalOffset: logRewardOffset - Math.log(treeCount(taxa)) }),
      decode: (state) => ({ newick: newick(state, alignment.names, branches) }),
      encode: (object) => encodeTree(object, alignment.names, branches),
      objects: treeDisplay(alignment.names, branches, provided(target && (() => exactClades(taxa, target)))),
      defaults: branchBins > 0 ? BINNED_DEFAULTS : DEFAULTS,
    },
    parameters,
  );
}

/** Name, parameters, training defaults and form of the environment `phylogenetics`. */
export const phylogeneticsDeclaration: EnvironmentDeclaration = {
  name: "phylogenetics",
  make: phylogenetics,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Phylogenetic trees",
    summary: "Trees of species, joined pair by pair, by the likelihood of their DNA.",
    parameters: { species: 5, sites: 12, rate: 0.3, dataSeed: 0 },
    fields: [
      { name: "species", label: "Species", least: 3, most: 6 },
      { name: "sites", label: "Sites", least: 1, most: 100 },
      { name: "dataSeed", label: "Seed of the target", least: 0, most: 999 },
    ],
    file: {
      name: "alignment",
      label: "Your own alignment",
      help: "Aligned DNA of 3 to 8 species, in FASTA, NEXUS or PHYLIP format.",
      accept: ".fasta,.fa,.nex,.nexus,.phy,.txt",
      fits: ({ enumeration }) => (enumeration.available ? available(true) : enumeration),
    },
  },
};

/** The probabilities as float32 represents them; the shader stores `different` and `same − different`. */
function rounded({ same, different }: BranchProbabilities): BranchProbabilities {
  return { same: Math.fround(different) + Math.fround(same - different), different: Math.fround(different) };
}

/** The score of every tree, by number. */
function scoresOfTrees(taxa: number, score: (joins: Uint8Array) => number): Float64Array {
  return Float64Array.from({ length: treeCount(taxa) }, (_, number) => score(joinsOf(treeAt(number, taxa))));
}

/** The shader's numbers of each branch. */
function branchTable({ bins, probabilities, logPrior }: Branches): number[] {
  return probabilities.flatMap(({ same, different }, length) => [
    different,
    same - different,
    ...(bins > 0 ? [logPrior[length] as number] : []),
  ]);
}

/** The most likely length of a tree's branches, if all have the same length. */
function likeliestLengths(joins: Uint8Array, { bins }: Branches, logLikelihood: Pruning["total"]): Uint8Array {
  const alike = (bin: number) => joins.map((_, branch) => (branch === joins.length - 1 ? 0 : bin));
  let best = alike(Math.min(bins, 1));
  let highest = bins > 0 ? logLikelihood(joins, best) : 0;
  for (let bin = 2; bin <= bins; bin++) {
    const lengths = alike(bin);
    const value = logLikelihood(joins, lengths);
    if (value > highest) [best, highest] = [lengths, value];
  }
  return best;
}

function requireBranches(parameters: PhylogeneticsParameters): void {
  const { branchBins = 0, score, alignment } = parameters;
  if (branchBins > 0) {
    if (score === "parsimony") throw argumentError("phylogenetics' score parsimony knows no branch lengths", "leave branchBins out");
    if (alignment !== undefined && parameters.rate !== undefined) {
      throw argumentError("phylogenetics with branchBins has no rate: lengths count substitutions per site", "leave rate out");
    }
    return;
  }
  for (const name of ["binWidth", "branchPrior"] as const) {
    if (parameters[name] !== undefined) throw argumentError(`phylogenetics' ${name} belongs to branchBins`, "give branchBins, such as 50");
  }
}

/** Simulates or reads the alignment. `kept` are the parameters that reproduce it. */
function dataset(
  parameters: PhylogeneticsParameters,
  rate: number,
): { alignment: Alignment; origin: string; kept: Record<string, number | DataFile> } {
  const { alignment: file } = parameters;
  if (file !== undefined) {
    for (const name of ["species", "sites", "dataSeed"] as const) {
      if (parameters[name] !== undefined) {
        throw argumentError(`phylogenetics takes either an alignment or ${name}: an alignment has its own species and sites`);
      }
    }
    return { alignment: parseAlignment(file), origin: ` from ${file.name}`, kept: { alignment: { name: file.name, text: file.text } } };
  }
  const { species = PARAMETERS.species.value, sites = PARAMETERS.sites.value, dataSeed = PARAMETERS.dataSeed.value } = parameters;
  return { alignment: simulateAlignment(species, sites, rate, dataSeed), origin: "", kept: { species, sites, dataSeed } };
}

/** The reason why the target of this size is not enumerated; `undefined` if it is. */
function obstacleToEnumeration(taxa: number, patterns: number): string | undefined {
  const forests = forestCount(taxa);
  if (forests > MOST_STATES) {
    const count = forests < 1e12 ? String(forests) : forests.toExponential(1);
    return `the ${count} forests of ${taxa} species are more than the ${MOST_STATES} that are enumerated`;
  }
  const trees = treeCount(taxa);
  if (trees * patterns <= MOST_EXACT_WORK) return undefined;
  return `the likelihoods of ${trees} trees on ${patterns} site patterns are more than the ${MOST_EXACT_WORK} that are enumerated`;
}

/**
 * Packs the shader's `environment_data`. `shaders/envs/phylogenetics.wgsl` documents the layout.
 *
 * @param model the numbers of the branches or of the parsimony.
 * @param origins [pattern]: the log-likelihoods that the shader subtracts.
 */
function environmentData(
  { bases, weights }: SitePatterns,
  model: readonly number[],
  origins: readonly number[],
  grown: readonly number[][],
): Float32Array {
  const columns = bases.flatMap((column, pattern) => {
    const packed = Array.from({ length: Math.ceil(column.length / PER_FLOAT) }, (_, n) =>
      column.subarray(n * PER_FLOAT, (n + 1) * PER_FLOAT).reduce((sum, mask, k) => sum + mask * 16 ** k, 0),
    );
    const exponent = Math.round((origins[pattern] as number) / Math.LN2);
    return [weights[pattern] as number, exponent, (origins[pattern] as number) - exponent * Math.LN2, ...packed];
  });
  return Float32Array.from([...model, ...columns, ...grown.flat()]);
}
