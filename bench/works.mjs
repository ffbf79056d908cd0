// What is raced: one entry per row of the table, with everything that a contestant needs to set up the same step.

/** Rényi ½ with the paper's estimator (two control variates), trajectory balance without one. */
const OBJECTIVES = { tb: "trajectory balance", renyi: "Rényi ½" };

/**
 * Untrained policies on grids stop after two or three moves, which would measure nothing but the start of a run. The bias of
 * the stop action's logit is therefore lowered until trajectories are about as long as a trained policy's: the reward is
 * symmetric under x → H − 1 − x, so that its mean is d(H − 1)/2 moves and the stop.
 */
function grid(dimensions, side, batch, stopBias, key = `hypergrid-${dimensions}d-${side}`) {
  return {
    key,
    title: `hypergrid ${dimensions}D, side ${side}, batch ${batch}, MLP 2×256`,
    environment: "hypergrid",
    parameters: { dimensions, side, r0: 0.1, r1: 0.5, r2: 2 },
    batch,
    hidden: [256, 256],
    stopBias,
  };
}

const TASKS = [
  {
    key: "sets",
    title: "sets D=32 N=16, batch 128, MLP 2×64",
    environment: "sets",
    parameters: { items: 32, size: 16 },
    batch: 128,
    hidden: [64, 64],
  },
  grid(2, 8, 16, -1.47),
  grid(4, 20, 16, -2.41),
  grid(4, 32, 512, -2.87),
  {
    key: "sequences",
    title: "sequences D=8 N=6, batch 128, MLP 2×64",
    environment: "sequences",
    parameters: { symbols: 8, length: 6 },
    batch: 128,
    hidden: [64, 64],
  },
];

const withObjective = ({ key, title, ...task }, objective) => ({
  ...task,
  key: `${key}-${objective}`,
  title: `${title}, ${OBJECTIVES[objective]}`,
  objective,
});

/** Every work; keys are what `--work` takes and what results are filed under. */
export const works = TASKS.flatMap((task) => Object.keys(OBJECTIVES).map((objective) => withObjective(task, objective)));

/** The works of the race against Python, which has two more: sizes in which libraries for GFlowNets are used. */
export const pythonWorks = [
  ...works,
  withObjective(grid(2, 8, 256, -1.47, "hypergrid-2d-8-batch-256"), "tb"),
  withObjective(grid(4, 32, 128, -2.87, "hypergrid-4d-32-batch-128"), "tb"),
];

/** One row of each task that a software adapter gets through in a minute. */
export const quickWorks = ["sets-renyi", "hypergrid-2d-8-tb", "sequences-tb"];

/** The order of the divergence. */
export const ALPHA = 0.5;
