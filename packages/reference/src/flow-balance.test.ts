import { describe, expect, it } from "vitest";
import { hypergrid } from "./hypergrid.js";
import {
  allTrajectories,
  type FlowOptions,
  finiteDifference,
  flatten,
  flowLoss,
  logBackward,
  logForward,
  mulberry32,
  randomMlp,
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
];
/** The log-variance loss knows no flow. */
const network = (options: FlowOptions, seed: number) =>
  randomMlp([ENV.features, 4, options.objective === "vargrad" ? ENV.actions : 5], mulberry32(seed));

describe("balance losses with a flow", () => {
  it.each(OPTIONS)("have the gradient that finite differences find: $objective $lambda", (options) => {
    const mlp = network(options, 3);
    const numeric = finiteDifference((parameters) => flowLoss(options, ENV, unflatten(mlp, parameters), BATCH).value, flatten(mlp));
    flowLoss(options, ENV, mlp, BATCH).gradient.forEach((value, i) => {
      expect(value).toBeCloseTo(numeric[i]!, 6);
    });
  });

  it("vary as the balance of whole trajectories does, for stretches of every length alike", () => {
    // One transition from start to stop: all three are that transition's balance.
    const mlp = network(OPTIONS[1]!, 5);
    const stop = [ENV.actions - 1];
    const db = flowLoss(OPTIONS[1]!, ENV, mlp, [stop]).value;
    expect(flowLoss({ objective: "subtb", lambda: 0.7, logRewardShift: 0.3 }, ENV, mlp, [stop]).value).toBeCloseTo(db, 12);
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
});
