import { givenTable, hasTable, madeUpTable, type TableName } from "./table.js";
import {
  type BitSizes,
  bitWorld,
  dnaWorld,
  type GridSizes,
  gridWorld,
  moleculeWorld,
  type SpinSizes,
  spinWorld,
  type World,
} from "./world.js";

/** The settings of all contestants: trajectory balance, a uniform p_B, Adam with constant rates, an initial log Z of 0, no exploration. */
export interface Settings {
  hidden: readonly number[];
  batch: number;
  steps: number;
  learningRate: number;
  logZLearningRate: number;
  /** The source of a table's rewards. */
  rewards?: "given" | "made up";
}

/** A benchmark of the field. */
export interface Task {
  name: string;
  /** Title in tables. */
  title: string;
  settings: Settings;
  /** The table of its rewards, if they come from a table. */
  table?: TableName;
  /** @param data the folder with the tables of y, if there is one. */
  world(data: string | undefined): World;
  /** Libraries that offer it. */
  libraries: readonly string[];
  /** Published milliseconds per step, with their circumstances, and other published facts. */
  published: string;
}

/** Seeds of the three trainings of every contestant. */
export const SEEDS = [0, 1, 2] as const;

/** A quick benchmark divides the number of steps by this. */
const SHARE = 4;

/** The settings of torchgfn's benchmark; gfnx's configurations have the same, except for a batch of 16. */
const FIELD = { hidden: [256, 256], learningRate: 1e-3, logZLearningRate: 0.1 } as const;
/** For a log Z that is too far from 0 to be reached with a rate of .1 in these steps. */
const FAR = { logZLearningRate: 1 };
type Training = Pick<Settings, "batch" | "steps"> & Partial<Settings>;
const BOTH = ["torchgfn", "gfnx"] as const;

/** Of torchgfn's repository, benchmark/benchmark_analysis.ipynb: an unnamed CUDA device, a learned p_B. */
const heatMap = (torchgfn: number, gfnx: number) =>
  `torchgfn ${torchgfn} ms, gfnx ${gfnx} ms a step (torchgfn's benchmark notebook, batch 32, an unnamed CUDA GPU, learned p_B)`;
const GFNX_PAPER = "gfnx: up to 55 times as fast as PyTorch on sequences on a CPU (arXiv:2511.16592, abstract)";

export const TASKS: readonly Task[] = [
  grid("hypergrid", { dimensions: 2, side: 8, r0: 0.1, r1: 0.5, r2: 2 }, { batch: 32, steps: 1000 }, heatMap(33, 3.2)),
  grid(
    "hypergrid-20x4",
    { dimensions: 4, side: 20, r0: 1e-3, r1: 0.5, r2: 2 },
    { batch: 16, steps: 400 },
    "gfnx's tb_hypergrid.yaml trains it for 62,500 steps",
  ),
  bits("bit-sequences-small", { bits: 8, wordBits: 1, modes: 2, exponent: 2 / 8 }, { batch: 32, steps: 1000 }, heatMap(23.5, 2.5)),
  bits("bit-sequences-medium", { bits: 8, wordBits: 2, modes: 4, exponent: 2 / 8 }, { batch: 32, steps: 1000 }, heatMap(16.2, 2.1)),
  bits("bit-sequences-120", { bits: 120, wordBits: 8, modes: 60, exponent: 1 }, { batch: 16, steps: 100, ...FAR }, GFNX_PAPER),
  table("tfbind8", "TFBind8", dnaWorld, `${GFNX_PAPER}; its tb_tfbind.yaml trains 1,000,000 steps with exploration`),
  table("qm9-small", "QM9-small", moleculeWorld, GFNX_PAPER),
  spins("ising", { side: 6, coupling: 0.88 }, { batch: 32, steps: 300, ...FAR }, heatMap(87.5, 4.9)),
];

function grid(name: string, sizes: GridSizes, training: Training, published: string): Task {
  const title = `hypergrid ${sizes.dimensions}D, side ${sizes.side}, R0 ${sizes.r0}`;
  const settings = { ...FIELD, ...training };
  return { name, title, settings, world: () => gridWorld(sizes), libraries: BOTH, published };
}

function bits(name: string, sizes: BitSizes, training: Training, published: string): Task {
  const title = `${sizes.bits} bits, words of ${sizes.wordBits} in any order, ${sizes.modes} modes`;
  const settings = { ...FIELD, ...training };
  return { name, title, settings, world: () => bitWorld(sizes), libraries: BOTH, published };
}

function table(name: TableName, title: string, make: (table: readonly number[]) => World, published: string): Task {
  const world = (data: string | undefined) => make(hasTable(name, data) ? givenTable(name, data) : madeUpTable(name));
  return { name, title, settings: { ...FIELD, batch: 16, steps: 1000 }, table: name, world, libraries: ["gfnx"], published };
}

function spins(name: string, sizes: SpinSizes, training: Training, published: string): Task {
  const title = `Ising ${sizes.side}×${sizes.side}, J ${sizes.coupling / 2} (${sizes.coupling} a bond)`;
  const settings = { ...FIELD, ...training };
  return { name, title, settings, world: () => spinWorld(sizes), libraries: BOTH, published };
}

/** The task to run: with fewer steps if `quick`, and with the source of its rewards. */
export function planned(task: Task, quick: boolean, data: string | undefined): Task {
  const { settings, table: name, title } = task;
  const steps = quick ? Math.ceil(settings.steps / SHARE) : settings.steps;
  if (name === undefined) return { ...task, settings: { ...settings, steps } };
  const rewards = hasTable(name, data) ? "given" : "made up";
  return { ...task, title: `${title}, rewards ${rewards}`, settings: { ...settings, steps, rewards } };
}
