import type { Environment, SampledObject } from "@webgfn/envs";
import { argumentError, WebgfnError } from "@webgfn/tensor";
import { makePolicy } from "./by-name.js";
import { type Checkpoint, unstackLayers } from "./checkpoint.js";
import type { MlpOptions } from "./mlp.js";
import type { Policy } from "./network.js";
import { fitPolicy, hasFlow } from "./policy.js";
import type { LinearWeights } from "./weights.js";

/** Makes an environment from the parameters that a checkpoint keeps; each checks its own. */
// biome-ignore lint/suspicious/noExplicitAny: each maker names its own parameters
export type EnvironmentMaker = (parameters: any) => Environment;

/** Makers by the environments' names, in camel case too: `{ sets, gaussianMixture }` is enough. */
export type EnvironmentMakers = Readonly<Record<string, EnvironmentMaker>>;

/** Objects of the environments that makers make: `{ items: number[] }` for `{ sets }`, a union for several makers. */
export type ObjectOf<M extends EnvironmentMakers> = ReturnType<M[keyof M]> extends Environment<infer O> ? O : SampledObject;

/** What a checkpoint holds for sampling: one replica's policy with the environment that it was trained in. */
export interface TrainedModel<O extends SampledObject = SampledObject> {
  environment: Environment<O>;
  policy: Policy;
  weights: LinearWeights[];
}

/** The part of a run's configuration that says what was trained. */
interface ModelConfiguration extends MlpOptions {
  environment: string;
  env: object;
  policy: string;
  replicas: number;
}

/**
 * One replica's model of a checkpoint.
 *
 * @param replica number of the replica, from 0 on.
 * @param name what the checkpoint is called in errors.
 * @throws WebgfnError `argument` when its environment is not among those given, or there is no such replica; `file` when it
 * is not a whole checkpoint.
 */
export function trainedModel<M extends EnvironmentMakers>(
  checkpoint: Checkpoint,
  environments: M,
  replica = 0,
  name = "the checkpoint",
): TrainedModel<ObjectOf<M>> {
  const configuration = modelConfiguration(checkpoint, name);
  const { replicas } = configuration;
  if (!Number.isInteger(replica) || replica < 0 || replica >= replicas) {
    throw argumentError(`replica must be a whole number from 0 to ${replicas - 1}, as ${name} holds ${replicas}, not ${replica}`);
  }
  const make = makerOf(configuration.environment, environments, name);
  try {
    const environment = make(configuration.env) as Environment<ObjectOf<M>>;
    const policy = policyOf(configuration);
    const outputs = checkpoint.tensors[`policy.layers.${fitPolicy(policy, environment).layers.length - 1}.bias`]?.shape[1];
    const net = fitPolicy(policy, environment, { flow: hasFlow(policy, environment, outputs) });
    const weights = unstackLayers("policy", net, checkpoint.tensors, replicas)[replica] as LinearWeights[];
    return { environment, policy, weights };
  } catch (cause) {
    if (!(cause instanceof WebgfnError) || cause.code !== "argument") throw cause;
    throw new WebgfnError("file", `${name} cannot be used: ${cause.message}`, { cause });
  }
}

function modelConfiguration({ configuration }: Checkpoint, name: string): ModelConfiguration {
  let json: Partial<ModelConfiguration> | null;
  try {
    json = JSON.parse(configuration);
  } catch {
    json = null;
  }
  const { environment, env, policy, replicas } = json ?? {};
  const isWhole = typeof environment === "string" && typeof env === "object" && env !== null && typeof policy === "string";
  if (!isWhole || !Number.isInteger(replicas)) throw new WebgfnError("file", `${name} does not say which model it holds`);
  return json as ModelConfiguration;
}

function makerOf(wanted: string, environments: EnvironmentMakers, name: string): EnvironmentMaker {
  const kebabCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const found = Object.entries(environments).find(([key]) => kebabCase(key) === wanted);
  if (found !== undefined) return found[1];
  const camelCase = wanted.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  throw argumentError(
    `${name} was trained in the environment "${wanted}", which is not among those given: ${Object.keys(environments).join(", ") || "none"}`,
    `import { ${camelCase} } from "@webgfn/envs", and add it to the environments`,
  );
}

function policyOf(configuration: ModelConfiguration): Policy {
  const own = ["hidden", "components", "scales", "backward"] as const;
  return makePolicy(configuration.policy, Object.fromEntries(own.map((name) => [name, configuration[name]])));
}
