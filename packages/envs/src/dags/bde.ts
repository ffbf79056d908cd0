import type { LocalScore, Samples } from "./local-score.js";

/**
 * The BDeu score of discrete data, log p(data | G) with Dirichlet priors of one equivalent sample size (Heckerman, Geiger and Chickering
 * 1995, "Learning Bayesian networks: the combination of knowledge and statistical data"), for node v with r levels whose parents have q
 * configurations, j over these and k over the levels:
 *
 *   local(v, P) = Σ_j [log Γ(a_j) − log Γ(a_j + N_j) + Σ_k (log Γ(a_jk + N_jk) − log Γ(a_jk))],  a_jk = ess/(r q),  a_j = ess/q.
 *
 * Markov-equivalent graphs have equal scores. Configurations that do not occur add 0. Samples with an intervention on v do not count for v
 * (Cooper and Yoo 1999).
 */
export function bdeScore({ rows, levels, interventions }: Required<Pick<Samples, "levels">> & Samples, ess: number): LocalScore {
  const columns = levels.map((_, v) => Uint32Array.from(rows, (row) => row[v] as number));
  const rising = new RisingFactorials(rows.length);
  const configurations = new Configurations(columns, levels);
  return {
    given(parents) {
      const { configuration, occurring } = configurations.of(parents);
      const q = parents.reduce((product, parent) => product * (levels[parent] as readonly string[]).length, 1);
      return (child) => {
        const r = (levels[child] as readonly string[]).length;
        const values = columns[child] as Uint32Array;
        const counts = new Uint32Array(occurring * r);
        // Called for every set of parents: an index is five times as fast as an iterator.
        for (let n = 0; n < values.length; n++) {
          if (interventions !== undefined && interventions[n] === child) continue;
          const at = (configuration[n] as number) * r + (values[n] as number);
          counts[at] = (counts[at] as number) + 1;
        }
        const ofLevel = rising.from(ess / (r * q));
        const ofAll = rising.from(ess / q);
        let sum = 0;
        for (let j = 0; j < occurring; j++) {
          let all = 0;
          for (let k = 0; k < r; k++) {
            const count = counts[j * r + k] as number;
            all += count;
            sum += ofLevel[count] as number;
          }
          sum -= ofAll[all] as number;
        }
        return sum;
      };
    },
  };
}

/** The configuration of some parents in every sample, numbered from 0 by the order in which they occur. */
interface Configuration {
  configuration: Uint32Array;
  occurring: number;
}

/**
 * Configurations of sets of parents. Successive sets of {@link ParentSets.all} with the same first members share the work for these members.
 */
class Configurations {
  readonly #columns: readonly Uint32Array[];
  readonly #levels: readonly (readonly string[])[];
  /** The configuration of each prefix of the latest set, the longest prefix last. */
  readonly #beginnings: (Configuration & { last: number })[] = [];

  constructor(columns: readonly Uint32Array[], levels: readonly (readonly string[])[]) {
    this.#columns = columns;
    this.#levels = levels;
  }

  of(parents: readonly number[]): Configuration {
    const beginnings = this.#beginnings;
    let shared = 0;
    while (shared < parents.length && beginnings[shared]?.last === parents[shared]) shared++;
    beginnings.length = shared;
    for (const parent of parents.slice(shared))
      beginnings.push({ ...this.#refined(beginnings.at(-1) ?? this.#none(), parent), last: parent });
    return beginnings.at(-1) ?? this.#none();
  }

  #none(): Configuration {
    return { configuration: new Uint32Array(this.#columns[0]?.length ?? 0), occurring: 1 };
  }

  /** The configuration with one more parent. */
  #refined({ configuration, occurring }: Configuration, parent: number): Configuration {
    const own = this.#columns[parent] as Uint32Array;
    const width = (this.#levels[parent] as readonly string[]).length;
    // [configuration of the parents before][level]: its number + 1; 0 where it has not occurred.
    const numbers = new Uint32Array(occurring * width);
    const refined = new Uint32Array(configuration.length);
    let found = 0;
    for (let n = 0; n < refined.length; n++) {
      const at = (configuration[n] as number) * width + (own[n] as number);
      if (numbers[at] === 0) numbers[at] = ++found;
      refined[n] = (numbers[at] as number) - 1;
    }
    return { configuration: refined, occurring: found };
  }
}

/** A cache of log Γ(a + n) − log Γ(a) = Σ_{i < n} log(a + i) up to the largest n; only a few values of a occur. */
class RisingFactorials {
  readonly #most: number;
  readonly #tables = new Map<number, Float64Array>();

  constructor(most: number) {
    this.#most = most;
  }

  /** [n]. */
  from(a: number): Float64Array {
    let table = this.#tables.get(a);
    if (table === undefined) {
      table = new Float64Array(this.#most + 1);
      for (let n = 0; n < this.#most; n++) table[n + 1] = (table[n] as number) + Math.log(a + n);
      this.#tables.set(a, table);
    }
    return table;
  }
}
