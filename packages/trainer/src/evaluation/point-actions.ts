import type { Environment } from "@webgfn/envs";
import type { Tensor } from "@webgfn/tensor";

/**
 * Writes the one trajectory that ends in each given object, for every replica. Actions are coordinates here, so they are the object's own
 * words.
 *
 * @param actions [replica, object, horizon].
 * @param objects states of `stateWords` words, one after another.
 * @param ownObjects whether every replica has its own objects, those of replica 0 first.
 */
export function writeActions(actions: Tensor, { stateWords, horizon }: Environment, objects: Uint32Array, ownObjects = false): void {
  const count = objects.length / stateWords;
  const words = new Uint32Array(count * horizon);
  for (let n = 0; n < count; n++) words.set(objects.subarray(n * stateWords, n * stateWords + horizon), n * horizon);
  const times = ownObjects ? 1 : (actions.shape[0] as number);
  for (let k = 0; k < times; k++) actions.write(words, k * words.length);
}
