import { environmentDeclarations } from "@webgfn/envs";

const others = Object.values(environmentDeclarations).flatMap(({ name, defaults: { policy } }) =>
  policy === undefined ? [] : [`${policy} for ${name}`],
);

/** `--policy`, with the environments that have another default than the MLP. */
export const POLICY_OPTION = {
  value: "NAME",
  text: `mlp, or gin (a graph network) where states are forests (default ${["mlp", ...others].join("; ")})`,
};
