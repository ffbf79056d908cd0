import { type Automaton, acceptedCells } from "./accepted-cells.js";
import { boxTerm, coordinatesOf, type GridReward, type GridSize, type RewardTerm } from "./grid-reward.js";

/** The parameters of all families with tiers: a cell earns weight_t if tiers 0 … t hold for its first coordinates. */
export interface Tiers {
  readonly r0: number;
  readonly tierWeights: readonly number[];
  /** Number of coordinates, from the first on, that the tiers constrain. */
  readonly constrainedDimensions: number;
}

/**
 * R = r0 + Σ_t weight_t·1[tiers 0 … t hold], from an automaton per tier that accepts the constrained coordinates for which tiers 0 … t
 * hold. The modes are the cells of the highest tier that has any.
 *
 * @param rest the module's `environment_data` after log R of each number of tiers.
 */
export function tieredReward(
  size: GridSize,
  { r0, tierWeights, constrainedDimensions }: Tiers,
  automata: readonly Automaton[],
  { shader, constants, rest }: { shader: string; constants: Readonly<Record<string, number>>; rest: readonly number[] },
): GridReward {
  const all = coordinatesOf(size);
  const free = size.dimensions - constrainedDimensions;
  const tiers = automata.map((automaton) => acceptedCells(automaton, constrainedDimensions));
  const rewards = [r0];
  for (const weight of tierWeights) rewards.push((rewards.at(-1) as number) + weight);
  // The cells of each tier are a subset of those of the tier before.
  const held = tiers.filter(({ count }) => count > 0).length;
  return {
    shader,
    constants: { ...constants, CONSTRAINED: constrainedDimensions, TIERS: tierWeights.length },
    data: Float32Array.of(...rewards.map(Math.log), ...rest),
    terms: [
      boxTerm(r0, all, size),
      ...tiers.map(
        ({ count, draw }, t): RewardTerm => ({
          mass: (tierWeights[t] as number) * count * all.length ** free,
          draw(random, cell) {
            draw(random, cell);
            for (let i = constrainedDimensions; i < cell.length; i++) cell[i] = random.integer(all.length);
          },
        }),
      ),
    ],
    modeReward: rewards[held] as number,
  };
}
