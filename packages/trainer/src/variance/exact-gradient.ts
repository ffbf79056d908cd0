import type { Capability, Environment } from "@webgfn/envs";
import type { DivergenceHost } from "@webgfn/objectives";
import { integrandOf } from "@webgfn/objectives/internal";
import type { LinearWeights, Network } from "@webgfn/sampler";
import { DenseNetwork } from "./dense-network.js";
import { type GraphNode, graphSize, type StateGraph } from "./state-graph.js";

/** Whether {@link exactGradients} is available, and the number of states it needs. */
export function exactGradientSize(environment: Environment, network: Network): Capability<number> {
  if (!network.isChain)
    return { available: false, reason: `the host evaluates chains of layers only, which a ${network.policy.name} policy is not` };
  return graphSize(environment);
}

export interface ExactGradientOptions {
  /** log r̄. Default 0. */
  logRewardShift?: number;
}

/** A divergence with its float64 side. */
interface HostedObjective {
  readonly name: string;
  readonly host: DivergenceHost;
}

/** Most trajectories that are summed one by one. */
const MOST_TRAJECTORIES = 2 ** 18;

/** Why the exact gradient of some divergence is not available on this graph; `undefined` if all are. */
export function obstacleToExactGradients(graph: StateGraph, objectives: readonly HostedObjective[]): string | undefined {
  const whole = objectives.find(({ host }) => host.steps === undefined);
  if (whole === undefined) return undefined;
  const count = trajectoryCount(graph);
  if (count <= MOST_TRAJECTORIES) return undefined;
  return `${whole.name} needs every trajectory, and these are ${count}, more than the ${MOST_TRAJECTORIES} that the host goes through`;
}

function trajectoryCount(graph: StateGraph): number {
  const onward = new Float64Array(graph.length);
  for (let u = graph.length - 1; u >= 0; u--) {
    const { logReward, children } = graph[u] as GraphNode;
    onward[u] = logReward === undefined ? children.reduce((sum, v) => sum + (onward[v] as number), 0) : 1;
  }
  return onward[0] as number;
}

/**
 * The exact gradient of each divergence by the policy's parameters, [parameters] in the GPU's layout: scale · E[∇f + f∇s] with expectations
 * in place of batch means.
 *
 * With a coefficient h(τ) on ∇s, E[h∇s] = Σ_{u → v} W(u → v) ∇log p_F(v | u), where W(u → v) is the expectation of h over the
 * trajectories that take the step u → v. Where f is a product over steps, as g = exp((1 − α)(b + ρ − s)) (α = 0 gives forward KL's
 * w), or the sum s − b − ρ, dynamic programming over states gives W. Any other f is summed over every trajectory.
 */
export function exactGradients(
  graph: StateGraph,
  network: Network,
  weights: readonly LinearWeights[],
  objectives: readonly HostedObjective[],
  options: ExactGradientOptions = {},
): Float64Array[] {
  const model = new DenseNetwork(network, weights);
  const logPolicy = graph.map((node) => logProbabilities(node, model.activations(node.features).at(-1) as Float64Array));
  const flows = objectives.map((objective) => stepWeights(graph, logPolicy, objective, options));
  const gradients = objectives.map(() => new Float64Array(4 * network.parameters4));
  graph.forEach((node, u) => {
    if (node.actions.length === 0) return;
    const activations = model.activations(node.features);
    const probabilities = (logPolicy[u] as Float64Array).map(Math.exp);
    flows.forEach((flow, o) => {
      const step = flow[u] as Float64Array;
      const total = step.reduce((sum, value) => sum + value, 0);
      // Σ_a W(u, a) ∂ log p(a | u) / ∂ logits = W(u, ·) − p(· | u) Σ_a W(u, a)
      const delta = new Float64Array((activations.at(-1) as Float64Array).length);
      node.actions.forEach((action, i) => {
        delta[action] = (step[i] as number) - (probabilities[i] as number) * total;
      });
      model.addGradient(gradients[o] as Float64Array, activations, delta);
    });
  });
  return gradients;
}

/** log p_F of each allowed action. */
function logProbabilities({ actions }: GraphNode, logits: Float64Array): Float64Array {
  const own = Float64Array.from(actions, (action) => logits[action] as number);
  const normaliser = own.reduce(logAddExp, Number.NEGATIVE_INFINITY);
  return own.map((logit) => logit - normaliser);
}

/** [state][allowed action]: the weight of each step's ∇log p_F in the gradient. */
function stepWeights(
  graph: StateGraph,
  logPolicy: readonly Float64Array[],
  { host }: HostedObjective,
  { logRewardShift = 0 }: ExactGradientOptions,
): Float64Array[] {
  const { steps } = host;
  if (steps === undefined) return enumeratedFlow(graph, logPolicy, host, logRewardShift);
  if (steps.kind === "sum") return sumFlow(graph, logPolicy, logRewardShift);
  const { flow, logTotal } = productFlow(graph, logPolicy, steps.order, logRewardShift);
  // f + offset = ratio · g with the same ratio for all trajectories: that of one with log weight 0. Constants on ∇s add nothing.
  const { offset = 0 } = steps;
  const { gradientTerms = [0, 0], exponent = () => 0, scale = () => 1 } = host;
  const ratio = host.value(0, exponent(0, logRewardShift), logRewardShift) + offset;
  // If a common factor of f cancels, set the mean of g to 1, which cannot overflow.
  const total = host.shift === undefined ? Math.exp(logTotal) : 1;
  return scaled(flow, scale(ratio * total - offset) * (gradientTerms[0] + 1) * ratio * total);
}

/** Any f: E[h 1(τ takes the step)] with h = scale · ((κ_f + 1) f + κ_1), summed over every trajectory. */
function enumeratedFlow(
  graph: StateGraph,
  logPolicy: readonly Float64Array[],
  host: DivergenceHost,
  logRewardShift: number,
): Float64Array[] {
  const paths: { steps: [state: number, choice: number][]; logForward: number; logWeight: number }[] = [];
  const walk = (u: number, steps: [number, number][], logForward: number, logBackward: number): void => {
    const { logReward, children } = graph[u] as GraphNode;
    if (logReward !== undefined) {
      paths.push({ steps, logForward, logWeight: logReward - logRewardShift + logBackward - logForward });
      return;
    }
    children.forEach((v, i) => {
      const step = (logPolicy[u] as Float64Array)[i] as number;
      walk(v, [...steps, [u, i]], logForward + step, logBackward - Math.log((graph[v] as GraphNode).parents));
    });
  };
  walk(0, [], 0, 0);
  const probabilities = Float64Array.from(paths, ({ logForward }) => Math.exp(logForward));
  const logWeights = Float64Array.from(paths, ({ logWeight }) => logWeight);
  const { f, gradientTerms, scale } = integrandOf(host, logWeights, { logRewardShift, probabilities });
  const [slope, constant] = gradientTerms;
  const flow = graph.map(({ children }) => new Float64Array(children.length));
  paths.forEach(({ steps }, n) => {
    const weight = scale * (probabilities[n] as number) * ((slope + 1) * (f[n] as number) + constant);
    for (const [u, i] of steps) (flow[u] as Float64Array)[i] = ((flow[u] as Float64Array)[i] as number) + weight;
  });
  return flow;
}

function scaled(flow: readonly Float64Array[], factor: number): Float64Array[] {
  return flow.map((steps) => steps.map((value) => factor * value));
}

/**
 * For g = exp((1 − α)(b + ρ − s)): log E[g], and E[g 1(τ takes the step)] / E[g]. It sums p_F g, in logarithms, over the paths to a state and
 * over the paths that continue from it.
 */
function productFlow(
  graph: StateGraph,
  logPolicy: readonly Float64Array[],
  alpha: number,
  logRewardShift: number,
): { flow: Float64Array[]; logTotal: number } {
  const logStep = (u: number, i: number, v: number) =>
    alpha * ((logPolicy[u] as Float64Array)[i] as number) - (1 - alpha) * Math.log((graph[v] as GraphNode).parents);
  const there = new Float64Array(graph.length).fill(Number.NEGATIVE_INFINITY);
  there[0] = 0;
  graph.forEach(({ children }, u) => {
    children.forEach((v, i) => {
      there[v] = logAddExp(there[v] as number, (there[u] as number) + logStep(u, i, v));
    });
  });
  const onward = new Float64Array(graph.length);
  for (let u = graph.length - 1; u >= 0; u--) {
    const { logReward, children } = graph[u] as GraphNode;
    onward[u] =
      logReward === undefined
        ? children.map((v, i) => logStep(u, i, v) + (onward[v] as number)).reduce(logAddExp, Number.NEGATIVE_INFINITY)
        : (1 - alpha) * (logReward - logRewardShift);
  }
  const logTotal = onward[0] as number;
  const flow = graph.map(({ children }, u) =>
    Float64Array.from(children, (v, i) => Math.exp((there[u] as number) + logStep(u, i, v) + (onward[v] as number) - logTotal)),
  );
  return { flow, logTotal };
}

/**
 * For f = s − b − ρ: E[f 1(τ takes the step)], minus a term that is the same for all steps from one state: f of the path to the state. That
 * term adds nothing, because Σ_a p(a | u) ∇log p(a | u) = 0.
 */
function sumFlow(graph: StateGraph, logPolicy: readonly Float64Array[], logRewardShift: number): Float64Array[] {
  const reach = new Float64Array(graph.length);
  reach[0] = 1;
  graph.forEach(({ children }, u) => {
    children.forEach((v, i) => {
      reach[v] = (reach[v] as number) + (reach[u] as number) * Math.exp((logPolicy[u] as Float64Array)[i] as number);
    });
  });
  const onward = new Float64Array(graph.length);
  const flow: Float64Array[] = new Array(graph.length);
  for (let u = graph.length - 1; u >= 0; u--) {
    const { logReward, children } = graph[u] as GraphNode;
    const steps = Float64Array.from(children, (v, i) => {
      const logProbability = (logPolicy[u] as Float64Array)[i] as number;
      return Math.exp(logProbability) * (logProbability + Math.log((graph[v] as GraphNode).parents) + (onward[v] as number));
    });
    onward[u] = logReward === undefined ? steps.reduce((sum, value) => sum + value, 0) : logRewardShift - logReward;
    flow[u] = steps.map((value) => (reach[u] as number) * value);
  }
  return flow;
}

function logAddExp(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === Number.NEGATIVE_INFINITY ? high : high + Math.log(Math.exp(a - high) + Math.exp(b - high));
}
