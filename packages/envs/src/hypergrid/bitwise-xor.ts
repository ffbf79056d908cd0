import shader from "@webgfn/shaders/envs/hypergrid/bitwise_xor.wgsl";
import { coordinatesOf, type GridReward, type GridSize } from "./grid-reward.js";
import { type Tiers, tieredReward } from "./tiers.js";

export interface BitwiseXorTiers extends Tiers {
  /** Number of lowest bits whose planes tier t constrains. They must not fall. */
  readonly tierBits: readonly number[];
}

/**
 * Tier t holds if bits 0 … tierBits[t] − 1 of the constrained coordinates' exclusive or are 0: each of these bit planes has even parity.
 */
export function bitwiseXorReward(size: GridSize, tiers: BitwiseXorTiers): GridReward {
  const automata = tiers.tierBits.map((bits) => ({
    start: 0,
    values: coordinatesOf(size),
    next: (parities: number, value: number) => parities ^ (value & (2 ** bits - 1)),
    accepts: (parities: number) => parities === 0,
  }));
  return tieredReward(size, tiers, automata, { shader, constants: {}, rest: tiers.tierBits });
}
