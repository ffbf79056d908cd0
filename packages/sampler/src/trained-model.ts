import { type Environment, type SampledObject, withReward } from "@webgfn/envs";
import { unknownReward } from "@webgfn/envs/internal";
import { type ParameterValue, WebgfnError } from "@webgfn/tensor";
import { argumentError, requireArgument } from "@webgfn/tensor/internal";
import type { PolicyName } from "./by-name.js";
import { type Checkpoint, unstackLayers } from "./checkpoint.js";
import { type Fault, faultsOf } from "./fault.js";
import { mlp } from "./mlp.js";
import type { Policy } from "./network.js";
import { fitPolicy, hasFlow } from "./policy.js";
import type { LinearWeights } from "./weights.js";

/** Makes an environment from the parameters in a checkpoint. Each maker checks its own parameters. */
// biome-ignore lint/suspicious/noExplicitAny: each maker names its own parameters
export type EnvironmentMaker = (parameters: any) => Environment;

/** Makers by the environments' names, in camel case too: `{ sets, gaussianMixture }` is enough. */
export type EnvironmentMakers = Readonly<Record<string, EnvironmentMaker>>;

/** Type of the objects of the makers' environments: `{ items: number[] }` for `{ sets }`, a union for several makers. */
export type ObjectOf<M extends EnvironmentMakers> = ReturnType<M[keyof M]> extends Environment<infer O> ? O : SampledObject;

/** A model for sampling from a checkpoint: one replica's policy with the environment that it was trained in. */
export interface TrainedModel<O extends SampledObject = SampledObject> {
  /** The environment, made from the checkpoint's parameters. */
  environment: Environment<O>;
  /** The policy's architecture. */
  policy: Policy;
  /** The replica's weights, layer by layer. */
  weights: LinearWeights[];
  /** Why training of the replica stopped, if it is broken. The weights are then those of its last sound step. */
  fault?: Fault;
}

/** The built-in policies. A page loads the graph network only for a checkpoint that has one. */
const BUILT_IN: Readonly<Record<PolicyName, () => Policy | Promise<Policy>>> = {
  mlp: () => mlp(),
  gin: async () => (await import("./gin.js")).gin(),
};

/** User-defined policies by the names of their exports. */
export type OwnPolicies = Readonly<Record<string, Policy>>;

/** The part of a run's configuration that describes the model. Parameters of built-in policies may be separate fields. */
interface ModelConfiguration extends Readonly<Record<string, unknown>> {
  environment: string;
  env: object;
  policy: string;
  policyParameters?: Readonly<Record<string, ParameterValue>>;
  replicas: number;
  /** The reward, if it is not the environment's own, and the inverse temperature. */
  reward?: string;
  rewardTable?: { readonly name: string };
  rewardNetwork?: { readonly name: string };
  beta?: number;
}

/**
 * Reads one replica's model from a checkpoint.
 *
 * @param replica number of the replica, from 0 on.
 * @param name name of the checkpoint in errors.
 * @param policies user-defined policies, in addition to the built-in ones.
 * @throws WebgfnError `argument` when its environment or policy is not among those given, or there is no such replica; `file` when it
 * is not a whole checkpoint.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { sets } from "@webgfn/envs";
 * import { decodeCheckpoint, trainedModel } from "@webgfn/sampler";
 * const checkpoint = decodeCheckpoint(await readFile("runs/sets/checkpoint.safetensors"));
 * const { environment, policy, weights } = await trainedModel(checkpoint, { sets });
 * console.log(environment.title, policy.name, weights.length);
 * ```
 */
export async function trainedModel<M extends EnvironmentMakers>(
  checkpoint: Checkpoint,
  environments: M,
  replica = 0,
  name = "the checkpoint",
  policies: OwnPolicies = {},
): Promise<TrainedModel<ObjectOf<M>>> {
  requireArgument.object("the checkpoint", checkpoint);
  requireArgument.object("the tensors of the checkpoint", checkpoint.tensors);
  requireArgument.object("the environments", environments);
  const configuration = modelConfiguration(checkpoint, name);
  const { replicas } = configuration;
  if (!Number.isInteger(replica) || replica < 0 || replica >= replicas) {
    throw argumentError(`replica must be a whole number from 0 to ${replicas - 1}, as ${name} holds ${replicas}, not ${replica}`);
  }
  const make = makerOf(configuration.environment, environments, name);
  const base = await policyOf(configuration.policy, policies, name);
  try {
    const environment = rewarded(make(configuration.env) as Environment<ObjectOf<M>>, configuration);
    const policy = base.with(valuesFor(base, configuration));
    const outputs = checkpoint.tensors[`policy.layers.${fitPolicy(policy, environment).layers.length - 1}.bias`]?.shape[1];
    const net = fitPolicy(policy, environment, { flow: hasFlow(policy, environment, outputs) });
    const weights = unstackLayers("policy", net, checkpoint.tensors, replicas)[replica] as LinearWeights[];
    const fault = faultsOf(checkpoint, replicas)[replica];
    return { environment, policy, weights, ...(fault && { fault }) };
  } catch (cause) {
    if (!(cause instanceof WebgfnError) || cause.code !== "argument") throw cause;
    throw new WebgfnError("file", `${name} cannot be used: ${cause.message}`, { cause });
  }
}

/** The environment with the reward that the checkpoint was trained on. The reward is unknown unless the maker provides it. */
function rewarded<O extends SampledObject>(
  environment: Environment<O>,
  { reward, rewardTable, rewardNetwork, beta = 1 }: ModelConfiguration,
): Environment<O> {
  if (environment.rewardFacts !== undefined) return environment;
  const title = reward ?? (rewardTable ?? rewardNetwork)?.name;
  return withReward(environment, { ...(title !== undefined && { reward: unknownReward(title) }), beta });
}

/** @throws WebgfnError `file` if the configuration does not name a model. */
export function modelConfiguration({ configuration }: Checkpoint, name: string): ModelConfiguration {
  let json: Partial<ModelConfiguration> | null;
  try {
    json = JSON.parse(configuration);
  } catch {
    json = null;
  }
  const { environment, env, policy, replicas } = json ?? {};
  const isWhole = typeof environment === "string" && typeof env === "object" && env !== null && typeof policy === "string";
  if (!isWhole || !Number.isSafeInteger(replicas) || (replicas as number) < 1)
    throw new WebgfnError("file", `${name} does not say which model it holds`);
  return json as ModelConfiguration;
}

function makerOf(wanted: string, environments: EnvironmentMakers, name: string): EnvironmentMaker {
  const kebabCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const exported = exportOf(wanted);
  const found = Object.entries(environments).find(([key]) => key === exported || kebabCase(key) === exported);
  if (found !== undefined) return found[1];
  const camelCase = exported.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  throw argumentError(
    `${name} was trained in the environment "${wanted}", which is not among those given: ${Object.keys(environments).join(", ") || "none"}`,
    exported === wanted
      ? `import { ${camelCase} } from "@webgfn/envs", and add it to the environments`
      : `import ${exported} from that file, and add it to the environments`,
  );
}

/** The name of the export, for a part from a file, which is stored as `./file.mjs#name`. */
function exportOf(name: string): string {
  return name.includes("#") ? name.slice(name.lastIndexOf("#") + 1) : name;
}

/** The policy of a checkpoint, with its default parameters. */
async function policyOf(wanted: string, policies: OwnPolicies, name: string): Promise<Policy> {
  const exported = exportOf(wanted);
  const found = Object.entries(policies).find(([key, policy]) => key === exported || policy.name === wanted);
  if (found !== undefined) return found[1];
  if (Object.hasOwn(BUILT_IN, wanted)) return BUILT_IN[wanted as PolicyName]();
  throw argumentError(
    `${name} was trained with the policy "${wanted}", which is neither built in nor among those given: ${Object.keys(policies).join(", ") || "none"}`,
    `add it to the policies: { policies: { ${exported} } }`,
  );
}

/** The values of a policy's parameters in a configuration. Missing ones and `null` keep their defaults. */
function valuesFor({ parameters }: Policy, configuration: ModelConfiguration): Record<string, ParameterValue> {
  const entries = Object.keys(parameters).map((name) => [name, configuration.policyParameters?.[name] ?? configuration[name] ?? null]);
  return Object.fromEntries(entries.filter(([, value]) => value !== null)) as Record<string, ParameterValue>;
}
