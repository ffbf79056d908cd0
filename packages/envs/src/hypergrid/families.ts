import { argumentError } from "@webgfn/tensor/internal";
import type { ParameterValue } from "../environment.js";
import { bitwiseXorReward } from "./bitwise-xor.js";
import { cosineReward } from "./cosine.js";
import type { GridReward, GridSize } from "./grid-reward.js";
import { multiplicativeReward } from "./multiplicative.js";
import { deceptiveReward, originalReward } from "./plateaus.js";
import { sparseReward } from "./sparse.js";

/** The parameters of all reward families. Each family reads some of them. */
export interface FamilyParameters {
  /** Reward of every cell; must be positive. Default 1e-3, the paper's; 0.1 for `cosine`, 1e-12 for `sparse`, 1e-5 for `deceptive`. */
  r0?: number;
  /**
   * Reward added in the outer plateau, where |x_i/(H−1) − ½| > .25 for every coordinate. Default ½. For `cosine` it is the factor of the
   * product (default ½), for `sparse` the reward of a target (1), for `deceptive` the reward outside the outer region (0.1).
   */
  r1?: number;
  /** Reward added in the band, where .3 < |x_i/(H−1) − ½| < .4 for every coordinate. Default 2. */
  r2?: number;
  /** `bitwise-xor` and `multiplicative`: the tiers constrain this many coordinates, the first ones. Default: all. */
  constrainedDimensions?: number;
  /** `bitwise-xor` and `multiplicative`: the reward that each tier adds, for 1 to 8 tiers. Default [1, 10, 100]. */
  tierWeights?: number | readonly number[];
  /** `bitwise-xor`: the number of lowest bits with even parity, for each tier. Default [6, 8, 10]. */
  tierBits?: number | readonly number[];
  /** `multiplicative`: the primes that the factors of coordinates are taken from. Default [2, 3, 5]. */
  primes?: number | readonly number[];
  /** `multiplicative`: the largest exponent of a prime, for each tier. Default 2 for all. */
  exponentCaps?: number | readonly number[];
  /** `multiplicative`: the least common multiple of the constrained coordinates, for each tier; 0 for any. Default 0 for all. */
  tierLcms?: number | readonly number[];
  /** `multiplicative`: whether neighbouring coordinates must be coprime (`coprime`) or not (`free`, default). */
  neighbours?: "free" | "coprime";
}

/** A family with the values of its parameters. */
interface Family {
  /** The parameters that reproduce the reward. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly reward: GridReward;
}

/** The command line reads a list of one number as a number. */
const listOf = (value: number | readonly number[]): readonly number[] => (typeof value === "number" ? [value] : value);

type Numbers = Required<Pick<FamilyParameters, "r0" | "r1" | "r2">>;

/** A family whose parameters are heights. */
function heights<Name extends keyof Numbers>(
  defaults: Pick<Numbers, Name>,
  make: (size: GridSize, values: Pick<Numbers, Name>) => GridReward,
) {
  const names = Object.keys(defaults) as Name[];
  return {
    reads: names as readonly string[],
    make(size: GridSize, given: FamilyParameters): Family {
      const values = Object.fromEntries(names.map((name) => [name, given[name] ?? defaults[name]])) as Pick<Numbers, Name>;
      return { parameters: values, reward: make(size, values) };
    },
  };
}

/** The weights of tiers, and the number of coordinates that they constrain. */
function tiersOf({ dimensions }: GridSize, given: FamilyParameters) {
  const { r0 = 1e-3, constrainedDimensions = dimensions } = given;
  if (constrainedDimensions > dimensions) {
    throw argumentError(`hypergrid's constrainedDimensions is ${constrainedDimensions}, more than its dimensions, ${dimensions}`);
  }
  return { r0, constrainedDimensions, tierWeights: [...listOf(given.tierWeights ?? [1, 10, 100])] };
}

/** A list with a number for each tier. */
function perTier(name: string, value: number | readonly number[], tierWeights: readonly number[]): number[] {
  const list = listOf(value);
  if (list.length === tierWeights.length) return [...list];
  throw argumentError(
    `hypergrid's ${name} and tierWeights need one number per tier, but they have ${list.length} and ${tierWeights.length}`,
    "give both with the same length",
  );
}

const bitwiseXor = {
  reads: ["r0", "constrainedDimensions", "tierWeights", "tierBits"],
  make(size: GridSize, given: FamilyParameters): Family {
    const tiers = tiersOf(size, given);
    const tierBits = perTier("tierBits", given.tierBits ?? [6, 8, 10], tiers.tierWeights);
    const falling = tierBits.findIndex((bits, t) => t > 0 && bits < (tierBits[t - 1] as number));
    if (falling > 0) {
      throw argumentError(
        `hypergrid's tierBits must not fall, but ${tierBits[falling - 1]} comes before ${tierBits[falling]}: a tier needs those before it`,
      );
    }
    const values = { ...tiers, tierBits };
    return { parameters: values, reward: bitwiseXorReward(size, values) };
  },
};

const multiplicative = {
  reads: ["r0", "constrainedDimensions", "tierWeights", "primes", "exponentCaps", "tierLcms", "neighbours"],
  make(size: GridSize, given: FamilyParameters): Family {
    const tiers = tiersOf(size, given);
    const { tierWeights } = tiers;
    const values = {
      ...tiers,
      primes: [...listOf(given.primes ?? [2, 3, 5])],
      exponentCaps: perTier("exponentCaps", given.exponentCaps ?? tierWeights.map(() => 2), tierWeights),
      tierLcms: perTier("tierLcms", given.tierLcms ?? tierWeights.map(() => 0), tierWeights),
      neighbours: given.neighbours ?? "free",
    };
    const twice = values.primes.find((prime, n) => values.primes.indexOf(prime) < n);
    if (twice !== undefined) throw argumentError(`hypergrid's primes have ${twice} twice`);
    return { parameters: values, reward: multiplicativeReward(size, values) };
  },
};

/** Every reward family by its name, with its defaults: those of its source, except r0 = 1e-3 if the source has 0. */
const FAMILIES = {
  original: heights({ r0: 1e-3, r1: 0.5, r2: 2 }, originalReward),
  cosine: heights({ r0: 0.1, r1: 0.5 }, cosineReward),
  sparse: heights({ r0: 1e-12, r1: 1 }, sparseReward),
  deceptive: heights({ r0: 1e-5, r1: 0.1, r2: 2 }, deceptiveReward),
  "bitwise-xor": bitwiseXor,
  multiplicative,
};

export type RewardFamily = keyof typeof FAMILIES;

export const rewardFamilies = Object.keys(FAMILIES) as readonly RewardFamily[];

const ALL_PARAMETERS = [...new Set(rewardFamilies.flatMap((name) => FAMILIES[name].reads))] as readonly (keyof FamilyParameters)[];

/**
 * Makes the reward of a family.
 *
 * @param given the parameters of the hypergrid; those of its size are ignored.
 * @throws WebgfnError `argument` for a parameter that the family does not use, or for values that contradict each other.
 */
export function makeFamily(name: RewardFamily, size: GridSize, given: FamilyParameters): Family {
  const { reads, make } = FAMILIES[name];
  for (const unread of ALL_PARAMETERS) {
    if (given[unread] === undefined || reads.includes(unread)) continue;
    const owners = rewardFamilies.filter((family) => FAMILIES[family].reads.includes(unread));
    throw argumentError(
      `hypergrid's reward family ${name} has no ${unread}; ${owners.join(", ")} ${owners.length === 1 ? "has" : "have"} one`,
      `leave ${unread} out, or choose another rewardFamily`,
    );
  }
  if (given.r0 === 0) throw argumentError("hypergrid's r0 must be positive: every object needs a reward above zero");
  return make(size, given);
}
