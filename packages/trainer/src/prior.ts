import type { Environment } from "@webgfn/envs";
import { type Checkpoint, type LinearWeights, type Network, type Policy, trainedModel } from "@webgfn/sampler";
import { fitPolicy, hasFlow, type RolloutBuffers, recordRollout, samplingTensors, weightsTensor } from "@webgfn/sampler/internal";
import records from "@webgfn/shaders/sampler/records.wgsl";
import source from "@webgfn/shaders/trainer/prior.wgsl";
import { type Device, type Program, type Tensor, WebgfnError } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";

/**
 * A trained policy p_prior that takes the place of the backward policy: the target over trajectories is p_prior(τ) R(x)/Z, and over objects
 * p_prior(x) R(x)/Z (method §2, relative trajectory balance). All replicas share it.
 */
export interface Prior {
  /** The policy's layout. */
  network: Network;
  /** Its weights, layer by layer. */
  weights: LinearWeights[];
}

/** A prior on a device. */
export interface PlacedPrior {
  /** The policy's layout. */
  network: Network;
  /** `[replica, 4 · weights4]`, the same for every replica. */
  weights: Tensor;
}

type PriorTensors = Omit<ReturnType<typeof samplingTensors>, "actions">;

/** The tensors that a prior's rollout of a batch writes. */
export type PriorScratch = { [Name in keyof PriorTensors]: Tensor };

interface PriorShape {
  environment: Environment;
  batch: number;
  replicas: number;
}

/**
 * The policy of a checkpoint as a prior over the objects of an environment.
 *
 * @throws WebgfnError `argument` if it was trained in another environment, or in one with other sizes.
 */
export async function priorOf(
  checkpoint: Checkpoint,
  { environment, policy }: { environment: Environment; policy: Policy },
): Promise<Prior> {
  const ours = { [environment.name]: () => environment };
  try {
    const { policy: own, weights } = await trainedModel(checkpoint, ours, 0, "the prior", { [policy.name]: policy });
    const flow = hasFlow(own, environment, weights.at(-1)?.bias.length);
    return { network: fitPolicy(own, environment, { flow }), weights };
  } catch (cause) {
    if (!(cause instanceof WebgfnError)) throw cause;
    throw argumentError(`the prior is no policy over ${environment.title}: ${cause.message}`, "take a checkpoint of this environment");
  }
}

/** Puts a prior on a device. */
export function placedPrior(device: Device, { network, weights }: Prior, replicas: number): PlacedPrior {
  return { network, weights: weightsTensor(device, network, new Array<LinearWeights[]>(replicas).fill(weights)) };
}

/** The environment without its host reward, which a prior does not need. */
function withoutHost({ hostReward: _, ...environment }: Environment): Environment {
  return environment;
}

/** The tensors needed to evaluate a prior along a batch. */
export function priorTensors(device: Device, { network }: Prior | PlacedPrior, shape: PriorShape): PriorTensors {
  const { actions: _, ...tensors } = samplingTensors(device, { ...shape, environment: withoutHost(shape.environment), network });
  return tensors;
}

/** Records the evaluation of a prior along the trajectories in the buffers: it replaces their log p_B. */
export async function recordPrior(
  program: Program,
  { network, weights }: PlacedPrior,
  shape: PriorShape,
  { trajectories, actions, data, replicas }: Pick<RolloutBuffers, "trajectories" | "actions" | "data" | "replicas">,
  scratch: PriorScratch,
): Promise<void> {
  const replayed = { ...shape, environment: withoutHost(shape.environment), network };
  await recordRollout(program, replayed, { ...scratch, weights, actions, data, replicas }, { replay: true, uniformBackward: true });
  const count = shape.batch * shape.replicas;
  const kernel = await program.device.kernel({
    root: "trainer/prior",
    modules: { "trainer/prior": source, "sampler/records": records },
    constants: { TRAJECTORIES: count },
  });
  program.add(kernel, { prior: scratch.trajectories, trajectories }, [Math.ceil(count / 64)]);
}
