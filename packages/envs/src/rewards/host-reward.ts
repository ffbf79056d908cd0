import { type Rule, rules, WebgfnError } from "@webgfn/tensor";
import { argumentError, inBrief, requireOptions, type Schema } from "@webgfn/tensor/internal";
import type { Environment } from "../environment.js";
import type { SampledObject } from "../objects.js";
import type { Reward } from "./reward.js";
import type { HostEvaluation, RewardCounts } from "./reward-facts.js";

/**
 * Returns log R of objects, in their order, or a promise of it.
 *
 * @param objects the decoded objects.
 * @param words the same objects as states, one after another, `stateWords` words each.
 */
export type RewardFunction<O extends SampledObject = SampledObject> = (
  objects: O[],
  words: Uint32Array,
) => ArrayLike<number> | Promise<ArrayLike<number>>;

/** Options of {@link hostReward}. */
export interface HostRewardOptions {
  /** Name of the reward in messages. Default: the function's name. */
  name?: string;
  /** Largest number of objects whose rewards are cached; the oldest are dropped first. Default 1,048,576; 0 disables the cache. */
  cache?: number;
  /** Most objects per call. Default: all distinct new objects of a batch. */
  mostObjects?: number;
  /** How often a failed call is repeated. Default 0. */
  retries?: number;
  /** Seconds until a call times out. Default 600. */
  timeLimit?: number;
  /**
   * If the environment can list its objects and there are at most this many, all are evaluated at the start. L1, log Z and modes are then
   * exact, and training calls the function no more. Default 10,000; with 0, only sampled objects are evaluated.
   */
  listUpTo?: number;
}

const FUNCTION: Rule = { words: "a function (objects, words) => log R of each", accepts: (value) => typeof value === "function" };
const OPTIONS: Schema<HostRewardOptions> = {
  name: rules.text,
  cache: rules.whole(0, 2 ** 24),
  mostObjects: rules.whole(1, 2 ** 20),
  retries: rules.whole(0, 100),
  timeLimit: rules.number(1e-3, 1e6),
  listUpTo: rules.whole(0, 2 ** 22),
};

/**
 * A reward in JavaScript: a function of whole batches that returns log R of each object, or a promise of these numbers.
 *
 * Each training step samples a batch on the GPU, reads its objects, calls the function with the distinct ones that are not in the cache, and
 * learns.
 *
 * @throws WebgfnError `argument` for an argument that is not a function, or an invalid option.
 *
 * @example
 * ```ts
 * import { hostReward, type SetObject, sets } from "@webgfn/envs";
 * const weights = [2, 3, 5, 7, 11];
 * const weightOf = ({ items }: SetObject) => items.reduce((sum, item) => sum + (weights[item] ?? 0), 0);
 * const environment = sets({ items: 5, size: 2, reward: hostReward((objects) => objects.map((set) => -weightOf(set))) });
 * console.log(environment.rewardFacts?.kind); // host
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: a function without types takes the objects of any environment
export function hostReward<O extends SampledObject = any>(fn: RewardFunction<O>, options: HostRewardOptions = {}): Reward<O> {
  if (!FUNCTION.accepts(fn)) throw argumentError(`hostReward needs ${FUNCTION.words}, not ${inBrief(fn)}`);
  requireOptions("hostReward", options, OPTIONS);
  const title = `the reward ${options.name ?? (fn.name || "function")}`;
  const reward: Reward<O> = {
    kind: "host",
    title,
    bind: (environment) => ({ host: new HostRewards(environment, fn, title, options) }),
  };
  FUNCTIONS.set(reward, fn as RewardFunction<never>);
  return reward;
}

/** The function of each host reward, for checks. */
const FUNCTIONS = new WeakMap<object, RewardFunction<never>>();

/** The function behind a reward of {@link hostReward}; undefined for other rewards. */
export function rewardFunctionOf<O extends SampledObject>(reward: Reward<O>): RewardFunction<O> | undefined {
  return FUNCTIONS.get(reward) as RewardFunction<O> | undefined;
}

/** The rewards of one environment's objects. Each distinct object is evaluated once as long as it is in the cache. */
class HostRewards<O extends SampledObject> implements HostEvaluation {
  readonly counts: RewardCounts = { all: 0, evaluated: 0, seconds: 0 };
  readonly listUpTo: number;
  problem: string | undefined;
  readonly #environment: Environment<O>;
  readonly #fn: RewardFunction<O>;
  readonly #title: string;
  readonly #options: HostRewardOptions;
  /** log R by the words of a state. A Map keeps the order of insertion. */
  readonly #cache = new Map<string, number>();

  constructor(environment: Environment<O>, fn: RewardFunction<O>, title: string, options: HostRewardOptions) {
    this.#environment = environment;
    this.#fn = fn;
    this.#title = title;
    this.#options = options;
    this.listUpTo = options.listUpTo ?? 10_000;
  }

  async evaluate(states: Uint32Array): Promise<Float32Array> {
    const { stateWords } = this.#environment;
    const count = states.length / stateWords;
    const stateAt = (n: number) => states.subarray(n * stateWords, (n + 1) * stateWords);
    const keys = Array.from({ length: count }, (_, n) => stateAt(n).join());
    const values = new Map<string, number>();
    const fresh = new Map<string, Uint32Array>();
    keys.forEach((key, n) => {
      const known = this.#cache.get(key);
      if (known === undefined) fresh.set(key, stateAt(n));
      else values.set(key, known);
    });
    const { mostObjects = fresh.size } = this.#options;
    const entries = [...fresh];
    for (let first = 0; first < entries.length; first += mostObjects) {
      const some = entries.slice(first, first + mostObjects);
      const rewards = await this.#call(some.map(([, state]) => state));
      some.forEach(([key], n) => {
        values.set(key, rewards[n] as number);
        this.#keep(key, rewards[n] as number);
      });
    }
    this.counts.all += count;
    return Float32Array.from(keys, (key) => values.get(key) as number);
  }

  #keep(key: string, value: number): void {
    const { cache = 2 ** 20 } = this.#options;
    if (cache === 0) return;
    if (this.#cache.size >= cache) this.#cache.delete(this.#cache.keys().next().value as string);
    this.#cache.set(key, value);
  }

  /** log R of distinct states; NaN if the function did not return a finite number. */
  async #call(states: readonly Uint32Array[]): Promise<Float64Array> {
    const { retries = 0 } = this.#options;
    for (let tries = 0; ; tries++) {
      const start = performance.now();
      try {
        const returned = await this.#inTime(states);
        this.counts.evaluated += states.length;
        return this.#checked(returned, states);
      } catch (cause) {
        if (tries < retries) continue;
        if (cause instanceof WebgfnError && cause.code === "reward") throw cause;
        const reason = cause instanceof Error ? oneLine(cause.message) : inBrief(cause);
        throw this.#failure(
          `failed at ${this.#batchOf(states)}: ${reason}`,
          "correct the function, or repeat calls that fail: retries",
          cause,
        );
      } finally {
        this.counts.seconds += (performance.now() - start) / 1000;
      }
    }
  }

  /** Every call gets its own objects and words, which the function may change. */
  async #inTime(states: readonly Uint32Array[]): Promise<unknown> {
    const { timeLimit = 600 } = this.#options;
    const { stateWords } = this.#environment;
    const words = new Uint32Array(states.length * stateWords);
    states.forEach((state, n) => {
      words.set(state, n * stateWords);
    });
    const returned = this.#fn(
      states.map((state) => this.#environment.decode(state)),
      words,
    );
    if (!isPromise(returned)) return returned;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const fail = () =>
        reject(this.#failure(`did not return within ${timeLimit} s at ${this.#batchOf(states)}`, "give it more time: timeLimit"));
      timer = setTimeout(fail, 1000 * timeLimit);
    });
    try {
      return await Promise.race([returned, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #checked(returned: unknown, states: readonly Uint32Array[]): Float64Array {
    const list = returned as Partial<ArrayLike<unknown>> | null | undefined;
    if (typeof list !== "object" || list === null || typeof list.length !== "number") {
      throw this.#failure(
        `returned ${inBrief(returned)} for ${this.#batchOf(states)}`,
        "return a list with log R of each object, in their order",
      );
    }
    if (list.length !== states.length) {
      throw this.#failure(
        `returned ${list.length} numbers for ${states.length} objects, ${this.#shown(states[0] as Uint32Array)} the first`,
        "return log R of each object, in their order",
      );
    }
    return Float64Array.from(states, (state, n) => {
      const value = list[n];
      if (typeof value !== "number") {
        throw this.#failure(`returned ${inBrief(value)} for ${this.#shown(state)}`, "return log R as a number");
      }
      if (Number.isFinite(Math.fround(value))) return value;
      const advice = value === Number.NEGATIVE_INFINITY ? "; give objects without reward a low one, such as -50" : "";
      this.problem ??= `${this.#title} returned ${value} for ${this.#shown(state)}, and log R must be a finite number${Number.isFinite(value) ? " that float32 holds" : advice}`;
      return Number.NaN;
    });
  }

  #failure(what: string, fix: string, cause?: unknown): WebgfnError {
    return new WebgfnError("reward", `${this.#title} ${what}`, { fix, cause });
  }

  #shown(state: Uint32Array): string {
    return this.#environment.objects.text(this.#environment.decode(state));
  }

  /** Such as `a batch of 12 objects from {1, 4} on`. */
  #batchOf(states: readonly Uint32Array[]): string {
    const first = this.#shown(states[0] as Uint32Array);
    return states.length === 1 ? first : `a batch of ${states.length} objects from ${first} on`;
  }
}

/** Most characters that a message quotes from an error. */
const LONGEST_REASON = 400;

/** Shortens an error's message to one line: some are lists or whole logs. */
function oneLine(message: string): string {
  const text = message.replace(/\s+/g, " ").trim();
  return text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON)} …` : text;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Partial<Promise<unknown>> | null)?.then === "function";
}
