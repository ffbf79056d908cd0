import type { RandomStream } from "@webgfn/tensor";
import { hammingDistance } from "./modes.js";

/**
 * Draws sequences exactly from R/Z, by rejection. A proposal is a mode with each bit flipped with probability 1/(1 + e^exponent): it has mass
 * q(x) ∝ Σ_m exp(−exponent · d(x, m)) ≥ R(x). It is accepted with probability R(x)/q(x) ≥ 1/modes.
 */
export function drawNearModes(modes: readonly (readonly number[])[], exponent: number, random: RandomStream): number[] {
  const flip = 1 / (1 + Math.exp(exponent));
  for (;;) {
    const mode = modes[Math.floor(random.uniform() * modes.length)] as readonly number[];
    const bits = mode.map((bit) => (random.uniform() < flip ? 1 - bit : bit));
    const distances = modes.map((other) => hammingDistance(bits, other));
    const least = distances.reduce((a, b) => Math.min(a, b));
    const mass = distances.reduce((sum, distance) => sum + Math.exp(-exponent * (distance - least)), 0);
    if (random.uniform() * mass < 1) return bits;
  }
}
