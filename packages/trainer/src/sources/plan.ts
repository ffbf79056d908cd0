import type { Environment } from "@webgfn/envs";
import { argumentError } from "@webgfn/tensor/internal";
import { countsOf, parseShares, type SourceName } from "./shares.js";

/** How objects are drawn from the replay buffer. */
export const REPLAY_ORDERS = ["half", "reward", "recency", "uniform"] as const;
export type ReplayOrder = (typeof REPLAY_ORDERS)[number];

/** Slots of a bucket of the replay buffer. */
export const WAYS = 8;
/** Objects drawn from the exact target at the start, for source `target`. */
const TARGET_OBJECTS = 2 ** 16;
/** Key of the random numbers of these objects, so that other draws with the same seed are independent. */
const TARGET_SEED = 0x7a46;

/** Sources of a training step that does not sample every trajectory from the policy. */
export interface SourcePlan {
  /** Trajectories of each replica's batch by source. */
  counts: Readonly<Record<SourceName, number>>;
  /** Buckets of the replay buffer; 0 if there is no buffer. */
  buckets: number;
  order: ReplayOrder;
  /** Steps after which the weight of an object halves in draws by recency; 0 without such draws. */
  age: number;
  /** Actions that a local search undoes. */
  back: number;
  /** Which p_B draws the trajectories to objects. */
  retrace: "uniform" | "learned";
  /** Tables of objects, as states one after another. */
  tables: Readonly<Partial<Record<"objects" | "target", Uint32Array>>>;
}

/** The options of a training that its sources depend on; see `TrainerOptions`. */
export interface SourceOptions {
  environment: Environment;
  source: string;
  batchSize: number;
  replay: number;
  replayBy: ReplayOrder;
  backSteps?: number;
  retrace?: "uniform" | "learned";
  objects?: Uint32Array;
  seed: number;
}

/** @throws WebgfnError `argument` for sources that the environment or the other options do not allow. */
export function requireSources({ environment, source, batchSize, objects }: SourceOptions): void {
  const counts = countsOf(parseShares(source), batchSize);
  const drawn = counts["local-search"] + counts.replay;
  if (drawn > 0 && counts.policy === 0) {
    throw argumentError(
      "nothing fills the replay buffer: replay needs a share of policy beside it",
      "for example --source policy:0.5,replay:0.5",
    );
  }
  if (counts["local-search"] > 0 && environment.actionSpace === "continuous") {
    throw argumentError(`${environment.title} has one trajectory per object, and no local search`, "use replay, or exploration");
  }
  if (counts.objects > 0) requireObjects(environment, objects);
  const { exactSampling, title } = environment;
  if (counts.target > 0 && !exactSampling.available) {
    throw argumentError(`source target needs exact samples of R/Z, but ${exactSampling.reason}`, `use replay or objects with ${title}`);
  }
}

/** The sources of a training, `undefined` if every trajectory is the policy's own. Expects checked options. */
export function sourcePlan(options: SourceOptions): SourcePlan | undefined {
  const { environment, batchSize, replay, replayBy: order, retrace = "uniform", objects, seed } = options;
  const { exactSampling } = environment;
  const counts = countsOf(parseShares(options.source), batchSize);
  if (counts.policy === batchSize) return undefined;
  const drawn = counts["local-search"] + counts.replay;
  const fresh = counts.policy + counts["local-search"];
  const back = options.backSteps ?? Math.max(1, Math.floor(environment.horizon / 2));
  const buckets = drawn > 0 ? Math.ceil(replay / WAYS) : 0;
  const age = order === "uniform" ? 0 : Math.max(1, (buckets * WAYS) / 2 / Math.max(1, fresh));
  const tables = {
    ...(counts.objects > 0 && objects && { objects }),
    ...(counts.target > 0 && exactSampling.available && { target: exactSampling.value(TARGET_OBJECTS, (seed ^ TARGET_SEED) >>> 0) }),
  };
  return { counts, buckets, order, age, back, retrace, tables };
}

function requireObjects({ stateWords, title }: Environment, objects: Uint32Array | undefined): void {
  if (objects === undefined || objects.length === 0) {
    throw argumentError("source objects has no objects to draw from", "give them: objects in the API, --objects FILE on the command line");
  }
  if (objects.length % stateWords !== 0) {
    throw argumentError(
      `objects has ${objects.length} words, which are no whole number of states of ${stateWords} words, as ${title} has them`,
    );
  }
}
