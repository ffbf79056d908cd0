import { unknownWord } from "@webgfn/tensor";
import { gin } from "./gin.js";
import { type MlpOptions, mlp } from "./mlp.js";
import { type Policy, policyNames } from "./policy.js";

/**
 * A policy by its name, as configurations and checkpoints keep it. Of the options, a graph network uses `hidden`; a learned p_B
 * or a flow it keeps as asked, so that the network is refused with the reason when it is made.
 *
 * @throws WebgfnError `argument` for a name that is not known or an option that is not acceptable.
 */
export function policy(name: string, options: MlpOptions = {}): Policy {
  switch (name) {
    case "mlp":
      return mlp(options);
    case "gin":
      return {
        ...gin(options.hidden === undefined ? {} : { hidden: options.hidden }),
        backward: options.backward ?? "uniform",
        flow: options.flow ?? false,
      };
    default:
      throw unknownWord("a policy", name, policyNames);
  }
}
