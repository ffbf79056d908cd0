import { endOf, samplePath } from "../flow/flows.js";
import { edgesFrom, type StateGraph } from "../flow/state-graph.js";

/**
 * The coefficient c of ∇log p_F(τ) of each path, whose sum Σ c ∇log p_F is the gradient of the divergence of order α between p_F and p_B, up to
 * a positive factor: with u = log p_F(τ) − log p_B(τ|x) − log R(x) and v = exp(−(1 − α)u),
 *
 *   c = share · (1 − v/Σ share v)/(1 − α),   and for α = 1, reverse KL, its limit, share · (u − Σ share u).
 *
 * α = 0 is forward KL. Rényi's gradient is |α| times this one. log Z cancels.
 *
 * @param shares weights of the paths in the mean: 1/N for samples of p_F, or p_F for all paths.
 */
export function coefficients(residuals: readonly number[], shares: readonly number[], alpha: number): number[] {
  const mean = (values: readonly number[]) => values.reduce((sum, value, n) => sum + (shares[n] as number) * value, 0);
  if (alpha === 1) {
    const middle = mean(residuals);
    return residuals.map((u, n) => (shares[n] as number) * (u - middle));
  }
  const exponents = residuals.map((u) => (alpha - 1) * u);
  const highest = exponents.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  const weights = exponents.map((value) => Math.exp(value - highest));
  const middle = mean(weights);
  return weights.map((v, n) => ((shares[n] as number) * (1 - v / middle)) / (1 - alpha));
}

const [MEAN_DECAY, SQUARE_DECAY, EPSILON] = [0.9, 0.999, 1e-8];

/** A policy with one logit per edge, trained by Adam on its own samples. Initially it is uniform. */
export class TabularPolicy {
  readonly graph: StateGraph;
  /** The edges that start from each state. */
  readonly edges: readonly (readonly number[])[];
  /** p_F of each edge. */
  readonly probabilities: Float64Array;
  readonly #logits: Float64Array;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;
  #steps = 0;

  constructor(graph: StateGraph) {
    this.graph = graph;
    this.edges = edgesFrom(graph);
    this.#logits = new Float64Array(graph.from.length);
    this.#means = this.#logits.slice();
    this.#squares = this.#logits.slice();
    this.probabilities = this.#logits.slice();
    this.#normalise();
  }

  /** u = log p_F(τ) − log p_B(τ|x) − log R(x) of a whole path. */
  residual(path: readonly number[]): number {
    const { to, parents, logReward } = this.graph;
    const steps = path.map((edge) => Math.log((this.probabilities[edge] as number) * (parents[to[edge] as number] as number)));
    return steps.reduce((sum, step) => sum + step, 0) - (logReward[endOf(this.graph, path)] as number);
  }

  /** The gradient of Σ coefficient · log p_F(path) by the logits. */
  gradient(paths: readonly (readonly number[])[], factors: readonly number[]): Float64Array {
    const gradient = new Float64Array(this.#logits.length);
    paths.forEach((path, n) => {
      const factor = factors[n] as number;
      for (const edge of path) {
        gradient[edge] = (gradient[edge] as number) + factor;
        for (const other of this.edges[this.graph.from[edge] as number] as readonly number[]) {
          gradient[other] = (gradient[other] as number) - factor * (this.probabilities[other] as number);
        }
      }
    });
    return gradient;
  }

  /**
   * Takes one step of descent on the divergence of an order, on a batch of its own paths.
   *
   * @returns the variance of u in the batch: the loss, 0 where all paths of the batch are in balance.
   */
  step(alpha: number, batch: number, rate: number, random: () => number): number {
    const paths = Array.from({ length: batch }, () => samplePath(this.graph, this.edges, this.probabilities, random));
    const residuals = paths.map((path) => this.residual(path));
    const shares = paths.map(() => 1 / batch);
    this.#descend(this.gradient(paths, coefficients(residuals, shares, alpha)), rate);
    const mean = residuals.reduce((sum, u) => sum + u / batch, 0);
    return residuals.reduce((sum, u) => sum + (u - mean) ** 2 / batch, 0);
  }

  /** Moves a logit; for tests of gradients. */
  nudge(edge: number, by: number): void {
    this.#logits[edge] = (this.#logits[edge] as number) + by;
    this.#normalise();
  }

  #descend(gradient: Float64Array, rate: number): void {
    this.#steps++;
    const [unbiasedMean, unbiasedSquare] = [1 - MEAN_DECAY ** this.#steps, 1 - SQUARE_DECAY ** this.#steps];
    gradient.forEach((slope, k) => {
      const mean = MEAN_DECAY * (this.#means[k] as number) + (1 - MEAN_DECAY) * slope;
      const square = SQUARE_DECAY * (this.#squares[k] as number) + (1 - SQUARE_DECAY) * slope ** 2;
      [this.#means[k], this.#squares[k]] = [mean, square];
      const move = mean / unbiasedMean / (Math.sqrt(square / unbiasedSquare) + EPSILON);
      this.#logits[k] = (this.#logits[k] as number) - rate * move;
    });
    this.#normalise();
  }

  #normalise(): void {
    for (const choices of this.edges) {
      const highest = choices.reduce((high, edge) => Math.max(high, this.#logits[edge] as number), Number.NEGATIVE_INFINITY);
      const weights = choices.map((edge) => Math.exp((this.#logits[edge] as number) - highest));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      choices.forEach((edge, n) => {
        this.probabilities[edge] = (weights[n] as number) / total;
      });
    }
  }
}
