import type { Environment } from "@webgfn/envs";
import { ginNetwork } from "./gin.js";
import type { Network } from "./layout.js";
import { mlpNetwork } from "./mlp.js";
import type { Policy } from "./policy.js";

/** @throws WebgfnError `argument` where the policy does not go with the environment. */
export function network(policy: Policy, environment: Environment): Network {
  return policy.name === "gin" ? ginNetwork(policy, environment) : mlpNetwork(policy, environment);
}
