import { describe, expect, it } from "vitest";
import { type HypergridState, hypergrid } from "./hypergrid.js";
import {
  allowedActions,
  allStates,
  allTrajectories,
  type FlowOptions,
  finiteDifference,
  flatten,
  flowLoss,
  logBackward,
  logForward,
  logZ,
  mulberry32,
  randomMlp,
  sum,
  terminalState,
  unflatten,
} from "./index.js";

const ENV = hypergrid({ dimensions: 2, side: 3, r0: 0.1, r1: 0.5, r2: 2 });
const BATCH = allTrajectories(ENV).filter((_, i) => i % 4 === 0);
const OPTIONS: FlowOptions[] = [
  { objective: "vargrad", logRewardShift: 0.3 },
  { objective: "db", logRewardShift: 0.3 },
  { objective: "subtb", lambda: 0.9, logRewardShift: 0.3 },
  { objective: "subtb", lambda: 0.2, logRewardShift: -1 },
  { objective: "subtb", lambda: 0.6, weighting: "geometric", logRewardShift: 0.3 },
  { objective: "subtb", weighting: "equal-within", logRewardShift: 0.3 },
  { objective: "subtb", weighting: "equal", logRewardShift: 0.3 },
  { objective: "db", forwardLooking: true, logRewardShift: 0.3 },
  { objective: "subtb", forwardLooking: true, logRewardShift: 0.3 },
  { objective: "mdb", logRewardShift: 0.3 },
  { objective: "mdb", delta: 100, logRewardShift: 0.3 },
  { objective: "mdb", delta: 0.5, learnedBackward: true, logRewardShift: 0.3 },
];
/** The log-variance loss and modified detailed balance know no flow. */
const outputs = ({ objective, learnedBackward }: FlowOptions) =>
  learnedBackward ? 4 + ENV.actions : objective === "vargrad" || objective === "mdb" ? ENV.actions : 5;
const network = (options: FlowOptions, seed: number) => randomMlp([ENV.features, 4, outputs(options)], mulberry32(seed));

describe("balance losses with a flow", () => {
  it.each(OPTIONS)(
    "have the gradient that finite differences find: $objective $lambda $weighting $delta $forwardLooking $learnedBackward",
    (options) => {
      const mlp = network(options, 3);
      const numeric = finiteDifference((parameters) => flowLoss(options, ENV, unflatten(mlp, parameters), BATCH).value, flatten(mlp));
      flowLoss(options, ENV, mlp, BATCH).gradient.forEach((value, i) => {
        expect(value).toBeCloseTo(numeric[i]!, 6);
      });
    },
  );

  it("vary as the balance of whole trajectories does, for stretches of every length alike", () => {
    // One transition from start to stop: all three are that transition's balance.
    const mlp = network(OPTIONS[1]!, 5);
    const stop = [ENV.actions - 1];
    const db = flowLoss(OPTIONS[1]!, ENV, mlp, [stop]).value;
    expect(flowLoss({ objective: "subtb", lambda: 0.7, logRewardShift: 0.3 }, ENV, mlp, [stop]).value).toBeCloseTo(db, 12);
  });

  it("weigh the stretches of trajectories of one length alike within and over the batch, where lengths do not weigh", () => {
    const mlp = network(OPTIONS[1]!, 5);
    const three = allTrajectories(ENV).filter(({ length }) => length === 3);
    const loss = (weighting: FlowOptions["weighting"], lambda: number) =>
      flowLoss({ objective: "subtb", weighting, lambda, logRewardShift: 0.3 }, ENV, mlp, three).value;
    expect(loss("equal", 0.9)).toBeCloseTo(loss("equal-within", 0.9), 12);
    expect(loss("geometric-within", 1)).toBeCloseTo(loss("equal", 0.9), 12);
    // Of three transitions, two pairs and one whole: λ counts lengths, and not the stretches that have them.
    expect(Math.abs(loss("geometric", 1) - loss("equal", 0.9))).toBeGreaterThan(1e-3);
    const single = allTrajectories(ENV).filter(({ length }) => length === 1);
    expect(flowLoss({ objective: "subtb", weighting: "geometric", logRewardShift: 0.3 }, ENV, mlp, single).value).toBeCloseTo(
      flowLoss({ objective: "db", logRewardShift: 0.3 }, ENV, mlp, single).value,
      12,
    );
  });

  it("the log-variance is 0 where s - b - log R is the same for all", () => {
    const options = OPTIONS[0]!;
    const mlp = network(options, 7);
    const d = BATCH.map(
      (actions) => logForward(ENV, mlp, actions) - logBackward(ENV, actions) - ENV.logReward(terminalState(ENV, actions)),
    );
    const average = d.reduce((a, b) => a + b) / d.length;
    const variance = d.reduce((a, b) => a + (b - average) ** 2, 0) / d.length;
    expect(flowLoss(options, ENV, mlp, BATCH).value).toBeCloseTo(variance, 12);
    expect(flowLoss(options, ENV, mlp, [BATCH[0]!, BATCH[0]!]).value).toBe(0);
  });

  it("modified detailed balance is 0 exactly where the policy is that of the target", () => {
    // F(s) = R(s) + Σ F(s') p_B(s | s'), p_F(s' | s) = F(s') p_B(s | s') / F(s), p_F(stop | s) = R(s) / F(s): a table as a network of one layer.
    const states = allStates(ENV).filter((state) => !ENV.isTerminal(state));
    const flow = new Map<string, number>();
    const edges = (state: HypergridState) =>
      allowedActions(ENV, state).map((action) => {
        const next = ENV.apply(state, action);
        return { action, flow: ENV.isTerminal(next) ? Math.exp(ENV.logReward(next)) : flow.get(ENV.key(next))! / ENV.parents(next).length };
      });
    for (const state of [...states].reverse()) flow.set(ENV.key(state), sum(edges(state).map((edge) => edge.flow)));
    const place = (state: HypergridState) => states.findIndex((other) => ENV.key(other) === ENV.key(state));
    const table = {
      ...ENV,
      features: states.length,
      featuresOf: (state: HypergridState) => states.map((_, i) => Number(i === place(state))),
    };
    const logit = (action: number, state: HypergridState) => edges(state).find((edge) => edge.action === action)?.flow ?? 1;
    const weight = Array.from({ length: ENV.actions }, (_, action) => states.map((state) => Math.log(logit(action, state))));
    const mlp = { layers: [{ weight, bias: new Array<number>(ENV.actions).fill(0) }] };
    expect(Math.log(flow.get(ENV.key(ENV.initial()))!)).toBeCloseTo(logZ(ENV), 12);
    const { value, gradient } = flowLoss({ objective: "mdb", logRewardShift: 0 }, table, mlp, BATCH);
    expect(value).toBeLessThan(1e-24);
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-12);
    weight[0]![2]! += 1;
    expect(flowLoss({ objective: "mdb", logRewardShift: 0 }, table, mlp, BATCH).value).toBeGreaterThan(1e-4);
  });
});
