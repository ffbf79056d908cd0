import { defineEnvironment, type Environment } from "@webgfn/envs";
import { type Device, RandomStream, rules } from "@webgfn/tensor";
import { counted, requireArgument, requireOptions, type Schema } from "@webgfn/tensor/internal";
import { listGraph, wordsOfGraph } from "@webgfn/trainer/internal";
import { checkCoordinateWalks } from "./coordinate-findings.js";
import { coordinateWalks } from "./coordinate-walks.js";
import { EqualFeatures } from "./features.js";
import { checkGraph } from "./graph-findings.js";
import { inspectStates } from "./inspect-states.js";
import { type Constraint, ObjectCheck } from "./objects.js";
import { randomWalks, wordsOfWalk } from "./random-walks.js";
import { type CheckReport, Findings, stateText } from "./report.js";
import { checkWalks } from "./walk-findings.js";

/** Options of {@link checkEnvironment}. */
export interface EnvironmentCheckOptions<O = unknown> {
  /** Number of random trajectories. Default 64; fewer if trajectories are long. */
  walks?: number;
  /** Seed of the trajectories. Default 1. */
  seed?: number;
  /**
   * A rule that every object must obey, such as `({ weight }) => weight <= 50`. It returns true if the object obeys it, otherwise false
   * or a sentence about what is wrong.
   */
  constraint?(object: O): boolean | string;
  /** Called at the start of each stage of the check, with the stage's name. */
  onProgress?: (stage: string) => void;
}

const OPTIONS: Schema<EnvironmentCheckOptions> = {
  walks: rules.whole(1, 4096),
  seed: rules.whole(0),
  constraint: rules.callback,
  onProgress: rules.callback,
};

/** Largest number of words written by all walks, and by the list of states: a few seconds of work. */
const MOST_WALK_WORDS = 2 ** 22;
const MOST_LIST_WORDS = 2 ** 24;
/** Number of objects to draw from the target. */
const DRAWN = 256;

/**
 * Checks a user-defined environment. Along random trajectories it checks masks, `apply` and `undo`, depths (`level`), parents, features
 * and rewards. If the environment numbers its states, it also checks the graph of all states. Each problem names the broken promise, the
 * state and the action. Broken promises are returned, not thrown.
 *
 * @throws WebgfnError `shader` if the module does not compile; `argument` if a field is missing or wrong.
 *
 * @example
 * ```ts
 * import { checkEnvironment } from "@webgfn/check";
 * import { openDevice, sets } from "webgfn";
 * const device = await openDevice();
 * const { problems } = await checkEnvironment(device, sets({ items: 6, size: 3 }), { constraint: ({ items }) => items.length === 3 });
 * for (const { message } of problems) console.log(message); // none: every promise is kept
 * device.dispose();
 * ```
 */
export async function checkEnvironment<O extends object>(
  device: Device,
  environment: Environment<O>,
  options: EnvironmentCheckOptions<O> = {},
): Promise<CheckReport> {
  requireOptions("checkEnvironment", options, OPTIONS);
  requireArgument.device(device);
  const checked = defineEnvironment(environment);
  const findings = new Findings(checked.title);
  const objects = new ObjectCheck(checked, options.constraint as Constraint | undefined, findings);
  const equal = new EqualFeatures();
  const progress = options.onProgress ?? (() => {});

  progress("random trajectories");
  if (checked.actionSpace === "continuous") {
    const walks = options.walks ?? 64;
    const random = new RandomStream(options.seed ?? 1);
    const choices = Float32Array.from({ length: walks * checked.horizon }, () => random.uniform());
    checkCoordinateWalks(checked, await coordinateWalks(device, checked, choices, { explore: true }), findings, objects);
    findings.note(`${walks} random trajectories were checked`);
  } else {
    const most = Math.max(1, Math.floor(MOST_WALK_WORDS / wordsOfWalk(checked)));
    const count = Math.min(options.walks ?? 64, most);
    const walks = await randomWalks(device, checked, count, options.seed);
    await checkWalks(device, checked, walks, findings, objects, equal);
    findings.note(`${count} random trajectories were checked, ${counted(objects.count, "object")} among their ends`);
  }

  const reached = await checkAllStates(device, checked, findings, objects, equal, progress);
  progress("exact sampling");
  await checkExactSampling(device, checked, findings, reached);
  return findings.report();
}

/**
 * Checks the graph of all states, if the environment numbers them and there are not too many.
 *
 * @returns a function that says whether a trajectory reaches the state with an index; undefined if the states were not checked.
 */
async function checkAllStates(
  device: Device,
  environment: Environment,
  findings: Findings,
  objects: ObjectCheck,
  equal: EqualFeatures,
  progress: (stage: string) => void,
): Promise<((index: number) => boolean) | undefined> {
  const { enumeration } = environment;
  if (!enumeration.available) {
    findings.note(`the states are not listed (${enumeration.reason}), so log Z and states beyond the trajectories were not checked`);
    return undefined;
  }
  if (wordsOfGraph(environment, enumeration.value) > MOST_LIST_WORDS) {
    findings.note(
      `${enumeration.value} states are too many to list, so only the trajectories were checked; also check a smaller environment of this kind`,
    );
    return undefined;
  }
  progress(`all ${enumeration.value} states`);
  return checkGraph(environment, await listGraph(device, environment), findings, objects, equal);
}

/** Checks that states drawn from the target are terminal, and that trajectories reach them. */
async function checkExactSampling(
  device: Device,
  environment: Environment,
  findings: Findings,
  reached: ((index: number) => boolean) | undefined,
): Promise<void> {
  const { exactSampling, stateWords } = environment;
  if (!exactSampling.available) return;
  let words: Uint32Array;
  try {
    words = exactSampling.value(DRAWN, 1);
  } catch (error) {
    findings.problem("exactSampling", `it throws: ${error}`);
    return;
  }
  if (words?.length !== DRAWN * stateWords) {
    const given = words?.length ?? "no";
    findings.problem("exactSampling", `${DRAWN} states have ${DRAWN * stateWords} words, but it returned ${given}`);
    return;
  }
  const drawn = Array.from({ length: DRAWN }, (_, n) => ({ state: words.subarray(n * stateWords, (n + 1) * stateWords), action: 0 }));
  const seen = await inspectStates(device, environment, drawn);
  drawn.forEach(({ state: given }, n) => {
    const state = Array.from(given);
    const { terminal, index, numbered } = seen[n] as (typeof seen)[number];
    const is = `it drew state ${stateText(state)}, which`;
    if (!terminal) findings.problem("exactSampling", `${is} is not terminal`, { state });
    else if (reached !== undefined && (!reached(index) || numbered.some((word, i) => word !== state[i]))) {
      findings.problem("exactSampling", `${is} no trajectory reaches`, { state });
    }
  });
}
