import { type Choice, DEFAULTS, parametersOf, type Settings } from "./settings.js";

/** A story to open the page with. `public/recordings` has a run of it, which `record.mjs` makes. */
export interface Scenario {
  /** Name in addresses: `#scenario=lost-corners`. */
  name: string;
  title: string;
  settings: Settings;
  /** The story in two sentences. */
  story: string;
  /** One thing to try. */
  hint: string;
  /** Steps after which its claim is visible. */
  steps: number;
}

const renyi = (alpha: number, estimator = "paper"): Choice => ({ objective: "renyi", parameters: { alpha }, estimator });
const reverseKl = (estimator = "paper"): Choice => ({ objective: "reverse-kl", parameters: {}, estimator });
const forwardKl: Choice = { objective: "forward-kl", parameters: { weights: "normalised" }, estimator: "paper" };
const SQUARE = { loss: "square", delta: 1, skew: 1 };
const tb: Choice = { objective: "tb", parameters: SQUARE, estimator: null };
const vargrad: Choice = { objective: "vargrad", parameters: {}, estimator: null };
const mdb: Choice = { objective: "mdb", parameters: { loss: "huber", delta: 1, skew: 1 }, estimator: null };

const mixture = (means: number[][]): Partial<Settings> => ({
  environment: "gaussian-mixture",
  env: { means, variance: 0.1 },
  learningRate: 5e-3,
  seed: 0,
});

/** The scenarios that the page offers, in their order; it opens with the first. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: "lost-corners",
    title: "Lost corners",
    settings: DEFAULTS,
    story:
      "Nearly all of the reward is in four corners of a grid, with almost nothing between them. Reverse KL and trajectory balance keep one corner and never learn that there are more; Rényi ½ finds all four.",
    hint: "Drag r0, the reward between the corners, up to 0.1 and press Train again: the corners come back.",
    steps: 600,
  },
  {
    name: "believe-no-loss",
    title: "Believe no loss",
    settings: { ...DEFAULTS, choices: [tb, vargrad, forwardKl] },
    story:
      "Trajectory balance and VarGrad both bring their loss to nearly 0, where theory says that the target is learned. Both have lost three quarters of it: a loss is measured only where the policy goes.",
    hint: "Compare the loss with L1, which is exact here: only L1 shows what is lost.",
    steps: 600,
  },
  {
    name: "stopping",
    title: "Stopping is unlearned",
    settings: {
      ...DEFAULTS,
      environment: "dags",
      env: parametersOf("dags"),
      choices: [tb, reverseKl(), renyi(0.5), mdb],
      learningRate: 5e-3,
      seed: 0,
    },
    story:
      "A causal graph may stop growing after any edge, but more edges fit a little better. Trajectory balance and reverse KL unlearn to stop early, and then sample only complete graphs; Rényi ½ and modified detailed balance do not.",
    hint: "Open “Advanced”, set exploration to 0.2 and press Train: with one action in five at random, trajectory balance is cured.",
    steps: 400,
  },
  {
    name: "alpha",
    title: "α: from covering to seeking",
    settings: { ...DEFAULTS, choices: [renyi(0.25), renyi(0.5), renyi(0.9), renyi(2)] },
    story:
      "The order α of the Rényi divergence decides what is punished more: missing a part of the target (small α) or sampling outside it (large α). With α = ¼ and ½ all four corners are kept, with 0.9 only some are kept, with 2 only one.",
    hint: "Change one α to 0.7: what it has learned is kept and trained on. Then reset, and see where it ends from the start.",
    steps: 1000,
  },
  {
    name: "control-variates",
    title: "Control variates on and off",
    settings: {
      ...DEFAULTS,
      environment: "sets",
      env: parametersOf("sets"),
      choices: [reverseKl(), reverseKl("none"), renyi(0.5), renyi(0.5, "none")],
      batchSize: 32,
      seed: 0,
    },
    story:
      "The same two divergences, each with the paper’s control variates and without. They change no expectation, only the noise of the gradient, and with it how close to the target the training comes.",
    hint: "Tick “Measure it now and then” below: it shows how many times smaller the gradient’s variance is.",
    steps: 300,
  },
  {
    name: "move-a-mode",
    title: "Move a mode",
    settings: {
      ...DEFAULTS,
      environment: "gaussian-mixture",
      env: parametersOf("gaussian-mixture"),
      choices: [renyi(0.5), tb],
      learningRate: 5e-3,
      seed: 0,
    },
    story:
      "An easy mixture of nine Gaussians: both objectives learn it. The target may change at any time, and the policies follow it live.",
    hint: "While it trains, drag a ring of the target, or move it with the arrow keys.",
    steps: 300,
  },
  {
    name: "two-far-modes",
    title: "Two far modes",
    settings: {
      ...DEFAULTS,
      ...mixture([
        [0, 0],
        [3, 3],
      ]),
      choices: [tb, reverseKl(), forwardKl],
    },
    story:
      "Two Gaussians stand so far apart that no sample of one leads to the other. Whatever the objective, the policy that starts near one of them keeps it, and half of the target stays unknown.",
    hint: "Drag one ring next to the other, wait until both are learned, and take it back slowly: now both are kept.",
    steps: 300,
  },
];

export function scenarioNamed(name: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.name === name);
}

/** The scenario with exactly these settings. */
export function scenarioOf(settings: Settings): Scenario | undefined {
  const text = (each: Settings) => JSON.stringify(Object.entries(each).sort(([a], [b]) => a.localeCompare(b)));
  return SCENARIOS.find((scenario) => text(scenario.settings) === text(settings));
}
