import { available, type Environment, type HostEvaluation, tableReward, unavailable, withReward } from "@webgfn/envs";
import { chosenOfMany } from "@webgfn/envs/internal";
import { type Device, RandomStream, WebgfnError } from "@webgfn/tensor";
import { largestOf, requireArgument } from "@webgfn/tensor/internal";
import { type ReachedObjects, reachedObjects } from "./states.js";

/** States are listed and counted only if there are at most this many for each object that may be evaluated. */
const STATES_PER_OBJECT = 64;
/** Key of the random numbers of exact samples. */
const SAMPLES = 0x6c697374;

/**
 * Completes an environment that has another reward: it computes log Z, exact samples and the mode threshold from the reward of every object.
 * An environment that cannot list its objects, or that has its own reward, is returned unchanged.
 *
 * A reward on the host is evaluated once for every object, if there are at most `listUpTo` objects. From then on it is a table on the GPU.
 *
 * @throws WebgfnError `numbers` for an object whose log R is not finite, `reward` if a reward fails.
 *
 * @example
 * ```ts
 * import { openDevice, sets } from "webgfn";
 * import { wgslReward } from "@webgfn/envs";
 * import { listTarget } from "@webgfn/trainer";
 * const shader = "import package::environment::State;\nfn log_reward(state: State) -> f32 { return 0.0; }";
 * const device = await openDevice();
 * const uniform = await listTarget(device, sets({ items: 5, size: 2, reward: wgslReward({ shader }) }));
 * console.log(uniform.exactLogZ.value?.toFixed(4)); // 2.3026
 * device.dispose();
 * ```
 */
export async function listTarget<E extends Environment>(device: Device, environment: E): Promise<E> {
  requireArgument.device(device);
  requireArgument.environment(environment);
  if (environment.rewardFacts === undefined || environment.exactLogZ.available) return environment;
  const { hostReward } = environment;
  if (hostReward !== undefined) return tabulated(device, environment, hostReward);
  return environment.enumeration.available ? summedUp(environment, await reachedObjects(device, environment)) : environment;
}

/** The reward of every object as a table, if there are few enough objects. */
async function tabulated<E extends Environment>(device: Device, environment: E, hostReward: HostEvaluation): Promise<E> {
  const { withoutReward, rewardFacts } = environment;
  const { listUpTo } = hostReward;
  if (withoutReward === undefined || rewardFacts === undefined || !withoutReward.enumeration.available) return environment;
  const states = withoutReward.enumeration.value;
  const listed =
    states <= STATES_PER_OBJECT * listUpTo
      ? await reachedObjects(device, { ...environment, enumeration: withoutReward.enumeration })
      : undefined;
  if (listed === undefined || listed.indices.length > listUpTo) {
    const objects = listed === undefined ? `${states} states` : `${listed.indices.length} objects`;
    const reason = `${rewardFacts.title} is evaluated for what is sampled, and not for all ${objects}: those are more than listUpTo, ${listUpTo}`;
    return { ...environment, enumeration: unavailable(reason), exactLogZ: unavailable(reason) };
  }
  const logRewards = await hostReward.evaluate(listed.states);
  if (hostReward.problem !== undefined) throw new WebgfnError("numbers", hostReward.problem);
  const byIndex = new Float32Array(states);
  listed.indices.forEach((index, n) => {
    byIndex[index] = logRewards[n] as number;
  });
  const table = withReward(withoutReward, { reward: tableReward({ byIndex }, { scale: "log" }) }) as E;
  const known = { ...table, rewardFacts, evaluatedReward: hostReward };
  return summedUp(known, { ...listed, logRewards });
}

function summedUp<E extends Environment>(environment: E, { states, logRewards }: ReachedObjects): E {
  const { stateWords, title, rewardFacts } = environment;
  const count = logRewards.length;
  const wrong = logRewards.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const object = environment.decode(states.subarray(wrong * stateWords, (wrong + 1) * stateWords));
    const shown = environment.objects.text(object);
    throw new WebgfnError("numbers", `${title}: log R of ${shown} is ${logRewards[wrong]} by ${rewardFacts?.title}, not a finite number`, {
      fix: rewardFacts?.kind === "table" ? "give the object a row, or all that the table lacks a value: missing" : "correct the reward",
    });
  }
  const highest = largestOf(logRewards);
  const ends = new Float64Array(count);
  logRewards.reduce((sum, value, n) => {
    ends[n] = sum + Math.exp(value - highest);
    return ends[n] as number;
  }, 0);
  const total = ends[count - 1] as number;
  return {
    ...environment,
    exactLogZ: available(highest + Math.log(total)),
    modeThreshold: highest - Math.LN2,
    exactSampling: available((samples: number, seed: number) => {
      const random = new RandomStream(seed, SAMPLES);
      const drawn = new Uint32Array(samples * stateWords);
      for (let n = 0; n < samples; n++) {
        const chosen = chosenOfMany(ends, random.uniform() * total);
        drawn.set(states.subarray(chosen * stateWords, (chosen + 1) * stateWords), n * stateWords);
      }
      return drawn;
    }),
  };
}
