import bitSet from "@webgfn/shaders/envs/bit_set.wgsl";
import source from "@webgfn/shaders/envs/ising.wgsl";
import { RandomStream, rules } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { hasBit, setBit } from "./bit-set.js";
import { available, unavailable } from "./capability.js";
import { checkParameters, type EnvironmentDeclaration, type ParameterDeclarations } from "./declaration.js";
import { listIn, unreachable } from "./encoding.js";
import { type Environment, MOST_STATES } from "./environment.js";
import { type Boundary, makeLattice, unfrustratedMaximum } from "./ising/lattice.js";
import { type ExactIsing, exactIsing } from "./ising/transfer-matrix.js";
import { completeDisplay, type ObjectDisplay } from "./objects.js";
import { SEED } from "./parameters.js";
import { type RewardOptions, withReward } from "./rewards/reward.js";
import type { TrainingDefaults } from "./training-defaults.js";

/** Parameters of {@link ising}. */
export interface IsingParameters extends RewardOptions<SpinObject> {
  /** Number of rows of the lattice, from 1 to 1024. Default 4. */
  rows?: number;
  /** Number of columns, from 1 to 1024; there are at most 1024 sites. Default 4. */
  columns?: number;
  /** Whether the last row and column are neighbours of the first. Default `periodic`. */
  boundary?: Boundary;
  /** Coupling J of a bond, from −5 to 5, including the inverse temperature. Default 0.4. */
  coupling?: number;
  /** Field h, from −5 to 5. Default 0. */
  field?: number;
  /** Whether all bonds have J (`none`), J or −J at random (`signs`), or J times a standard normal number (`normal`). Default `none`. */
  disorder?: "none" | "signs" | "normal";
  /** Seed of random bonds. Default 0. */
  dataSeed?: number;
}

/** The spins of a lattice, −1 or 1, row by row. */
export type SpinObject = { spins: number[] };

const COUPLING = rules.number(-5, 5);
const MOST_SITES = 1024;

const PARAMETERS = {
  rows: { value: 4, rule: rules.whole(1, MOST_SITES), help: "rows of the lattice" },
  columns: { value: 4, rule: rules.whole(1, MOST_SITES), help: "columns of the lattice" },
  boundary: {
    value: "periodic",
    rule: rules.oneOf("periodic", "free"),
    help: "periodic: the last row and column are neighbours of the first; or free",
  },
  coupling: { value: 0.4, rule: COUPLING, help: "J, what a bond of two equal spins adds to log R" },
  field: { value: 0, rule: COUPLING, help: "h, what a spin of 1 adds to log R" },
  disorder: {
    value: "none",
    rule: rules.oneOf("none", "signs", "normal"),
    help: "bonds of J (none), of J or -J at random (signs), or of J times a standard normal number (normal)",
  },
  dataSeed: { value: 0, rule: SEED, help: "seed of drawn bonds" },
} as const satisfies ParameterDeclarations;

const DEFAULTS: TrainingDefaults = { batchSize: 128, steps: 2500, hidden: [128, 128] };

/**
 * Makes the Ising model on a rectangular lattice: log R(s) = Σ_{bonds ij} J_ij s_i s_j + h Σ_i s_i, with spins s_i = ±1. A trajectory starts
 * with no spin set; action 2i sets site i to −1, action 2i + 1 to 1, in any order. log Z and samples of R/Z come from the transfer matrix.
 * The modes are the lattices with at least half the highest reward, which is unknown if bonds are frustrated.
 *
 * @throws WebgfnError `argument` for sizes or couplings out of range.
 *
 * @example
 * ```ts
 * import { ising } from "@webgfn/envs";
 * const environment = ising({ rows: 10, columns: 10, coupling: 0.44 });
 * console.log(environment.actions, environment.exactLogZ.value?.toFixed(4)); // 200 93.5091
 * ```
 */
export function ising(parameters: IsingParameters = {}): Environment<SpinObject> {
  checkParameters("ising", parameters, PARAMETERS);
  const { rows = PARAMETERS.rows.value, columns = PARAMETERS.columns.value, boundary = PARAMETERS.boundary.value } = parameters;
  const { coupling = PARAMETERS.coupling.value, field = PARAMETERS.field.value } = parameters;
  const { disorder = PARAMETERS.disorder.value, dataSeed = PARAMETERS.dataSeed.value } = parameters;
  const sites = rows * columns;
  if (sites > MOST_SITES) throw argumentError(`ising has at most ${MOST_SITES} sites, but ${rows} × ${columns} are ${sites}`);

  const random = new RandomStream(dataSeed, 0x626f6e64);
  const draw = {
    none: () => coupling,
    signs: () => (random.uniform() < 0.5 ? coupling : -coupling),
    normal: () => Math.fround(coupling * random.normal()),
  }[disorder];
  const lattice = makeLattice({ rows, columns, boundary, field }, draw);
  const exact = exactIsing(lattice);
  const highest = unfrustratedMaximum(lattice);
  const words = Math.ceil(sites / 16);
  const states = 3 ** sites;
  const title = `Ising model of ${rows} × ${columns} spins`;
  return withReward(
    {
      name: "ising",
      parameters: { rows, columns, boundary, coupling, field, disorder, dataSeed },
      title,
      shader: source,
      modules: { bit_set: bitSet },
      constants: { SITES: sites, WIDTH: columns },
      stateWords: words + 1,
      actionSpace: "discrete",
      actions: 2 * sites,
      horizon: sites,
      features: 2 * sites,
      featureOrder: "one-hot per site, row by row: feature 2i where site i is -1, 2i + 1 where it is 1; sites not yet set are zero",
      featureGrid: { channels: 2, positions: sites },
      data: Float32Array.of(
        field,
        ...Array.from({ length: sites }, (_, site) => [lattice.right[site] as number, lattice.below[site] as number]).flat(),
      ),
      enumeration:
        states <= MOST_STATES
          ? available(states)
          : unavailable(`the 3^${sites} states of ${sites} spins are more than the ${MOST_STATES} that are enumerated`),
      exactLogZ: exact.available ? available(exact.value.logZ) : unavailable(exact.reason),
      ...(highest !== undefined && { modeThreshold: highest - Math.LN2 }),
      exactSampling: exact.available ? available(stateSampler(exact.value, sites, words)) : unavailable(exact.reason),
      decode: (state) => ({
        spins: Array.from({ length: sites }, (_, site) => Number(hasBit(state, 2 * site + 1)) - Number(hasBit(state, 2 * site))),
      }),
      encode(object) {
        const spins = listIn(title, object, "spins", { spins: [1, -1] });
        if (spins.length !== sites) throw unreachable(title, object, `it has ${sites} spins, not ${spins.length}`);
        const wrong = spins.find((spin) => spin !== 1 && spin !== -1);
        if (wrong !== undefined) throw unreachable(title, object, `a spin is -1 or 1, not ${String(wrong)}`);
        return stateOf(
          spins.map((spin) => (spin === 1 ? 1 : 0)),
          words,
        );
      },
      objects: display(rows, columns),
      defaults: DEFAULTS,
    },
    parameters,
  );
}

/** Name, parameters, training defaults and form of the environment `ising`. */
export const isingDeclaration: EnvironmentDeclaration = {
  name: "ising",
  make: ising,
  parameters: PARAMETERS,
  defaults: DEFAULTS,
  page: {
    title: "Ising model",
    summary: "Spins on a torus, set one by one in any order. Neighbours like to agree, or to differ where the coupling is negative.",
    parameters: { rows: 2, columns: 3, coupling: 0.4, field: 0 },
    fields: [
      { name: "rows", label: "Rows", least: 1, most: 3 },
      { name: "columns", label: "Columns", least: 1, most: 3 },
      { name: "coupling", label: "Coupling", least: -2, most: 2, step: 0.1, ofOwnReward: true },
      { name: "field", label: "Field", least: -2, most: 2, step: 0.1, ofOwnReward: true },
    ],
  },
};

/** The state with these spins: 1 is up, 0 is down. */
function stateOf(up: ArrayLike<number>, words: number): Uint32Array {
  const state = new Uint32Array(words + 1);
  for (let site = 0; site < up.length; site++) {
    setBit(state, 2 * site + (up[site] as number));
  }
  state[words] = up.length;
  return state;
}

function stateSampler({ draw }: ExactIsing, sites: number, words: number): (count: number, seed: number) => Uint32Array {
  return (count, seed) => {
    const spins = draw(count, seed);
    const states = new Uint32Array(count * (words + 1));
    for (let n = 0; n < count; n++) states.set(stateOf(spins.subarray(n * sites, (n + 1) * sites), words), n * (words + 1));
    return states;
  };
}

function display(rows: number, columns: number): ObjectDisplay<SpinObject> {
  const sign = (spin: number) => (spin === 1 ? "+" : "-");
  return completeDisplay<SpinObject>("ising", {
    kind: "other",
    text: ({ spins }) =>
      Array.from({ length: rows }, (_, row) =>
        spins
          .slice(row * columns, (row + 1) * columns)
          .map(sign)
          .join(""),
      ).join(" / "),
    columns: [{ name: "spins", dtype: "int32", shape: [rows, columns], values: ({ spins }) => spins }],
    fromColumns: ({ spins = [] }) => ({ spins: [...spins] }),
    steps: (actions) =>
      actions.map((action) => {
        const site = Math.floor(action / 2);
        return `row ${Math.floor(site / columns) + 1}, column ${(site % columns) + 1}: ${action % 2 === 1 ? "+" : "-"}`;
      }),
  });
}
