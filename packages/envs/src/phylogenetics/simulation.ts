import { RandomStream } from "@webgfn/tensor";
import type { Alignment } from "./alignment.js";
import type { Join } from "./forest-state.js";
import { jukesCantor } from "./jukes-cantor.js";

const PURPOSE = 0x7068796c;

/**
 * An alignment that evolved by JC69 along a random tree. Tree: two trees, chosen uniformly, are joined until one is left (the coalescent's
 * topology). Site: the root has a uniform base; along every branch the base is drawn again with probability 1 − e^{−4λ}, else it stays.
 */
export function simulateAlignment(taxa: number, sites: number, rate: number, seed: number): Alignment {
  const random = new RandomStream(seed, PURPOSE);
  const joins = randomJoins(taxa, random);
  const redrawn = 4 * jukesCantor(rate).different;
  const sequences = Array.from({ length: taxa }, () => new Uint8Array(sites));
  const base = new Array<number>(taxa).fill(0);
  const evolved = (from: number): number => (random.uniform() < redrawn ? random.integer(4) : from);
  for (let site = 0; site < sites; site++) {
    base[0] = random.integer(4);
    // From the root to the leaves: the last join is the first to split.
    for (let n = joins.length - 1; n >= 0; n--) {
      const { into, leaf } = joins[n] as Join;
      const ancestor = base[into] as number;
      base[into] = evolved(ancestor);
      base[leaf] = evolved(ancestor);
    }
    sequences.forEach((sequence, leaf) => {
      sequence[site] = 1 << (base[leaf] as number);
    });
  }
  return { names: sequences.map((_, leaf) => `s${leaf}`), sequences };
}

function randomJoins(taxa: number, random: RandomStream): Join[] {
  const slots = Array.from({ length: taxa }, (_, leaf) => leaf);
  const joins: Join[] = [];
  while (slots.length > 1) {
    const [a] = slots.splice(random.integer(slots.length), 1) as [number];
    const [b] = slots.splice(random.integer(slots.length), 1) as [number];
    joins.push({ into: Math.min(a, b), leaf: Math.max(a, b) });
    slots.push(Math.min(a, b));
  }
  return joins;
}
