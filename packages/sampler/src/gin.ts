import type { Environment } from "@webgfn/envs";
import source from "@webgfn/shaders/sampler/gin.wgsl";
import { argumentError } from "@webgfn/tensor/internal";
import { denseLayers, vec4s, wgslArray } from "./layout.js";
import { widths } from "./mlp.js";
import type { Fit, Head, Layer, Policy } from "./network.js";
import { buildPolicy } from "./policy.js";

const PARAMETERS = {
  hidden: { value: [64, 64] as readonly number[], rule: widths, help: "widths of the policy's hidden layers" },
};

/** Options of {@link gin}. */
export interface GinOptions {
  /** Widths of the graph layers; each layer is a two-layer perceptron of its width. Default [64, 64], the paper's. */
  hidden?: readonly number[];
}

/**
 * A graph isomorphism network (Xu et al., ICLR 2019, with ε = 0) over a forest, whose edges point to the roots, and logits
 * for pairs of roots:
 *
 *     hᵏ_v = MLP_k(hᵏ⁻¹_v + Σ_{c child of v} hᵏ⁻¹_c),  logit(i, j) = r · lrelu(q_i + q_j + Σ_{root k} g_k),  (q, g) = W hᴷ + b
 *
 * A node's features are the species below it, and whether it joins two trees. The inputs of a node never change, so a rollout evaluates every
 * node once. See `shaders/sampler/gin.wgsl`.
 *
 * q and g are as wide as the last layer, rounded up to a multiple of four. In checkpoints its layers are: two for each graph layer; W and b,
 * with q before g; and r as the bias of a layer without inputs.
 *
 * @throws WebgfnError `argument` if a width is not a whole number from 1 to 4096, or there is no layer.
 *
 * @example
 * ```ts
 * import { gin, openDevice, phylogenetics, renyi, Trainer } from "webgfn";
 * const device = await openDevice();
 * const environment = phylogenetics({ species: 5, sites: 20 });
 * const trainer = await Trainer.create(device, { environment, policy: gin({ hidden: [16] }), objective: renyi() });
 * await trainer.train(10);
 * device.dispose();
 * ```
 */
export function gin(options: GinOptions = {}): Policy {
  return buildPolicy("gin", PARAMETERS, (environment, head, { hidden }) => fit(environment, head, hidden), options);
}

function fit(environment: Environment, head: Head, hidden: readonly number[]): Fit {
  const { leaves } = environment;
  if (leaves === undefined) {
    throw argumentError(`a graph network needs states that are forests, which those of ${environment.title} are not`, "use the mlp policy");
  }
  if (head.backward === "learned") {
    throw argumentError("a graph network has no learned backward policy", "use the mlp policy with --backward learned, or the uniform one");
  }
  if (head.flow) {
    throw argumentError("a graph network has no head for log F(s), which this objective learns", "use the mlp policy");
  }
  const graphLayers = hidden.length;
  const last = hidden.at(-1) as number;
  // q and g begin at whole vec4s without padding: every number of them is trained.
  const projected = 4 * vec4s(last);
  // He et al.'s bound keeps the variance from layer to layer. With PyTorch's default, five layers leave so little of the difference between
  // species that training gets stuck with logits that are sums of one number per root.
  const dense = (inputs: number, outputs: number) => ({ inputs, outputs, bound: Math.sqrt(6 / inputs) });
  const { layers, parameters4, weights4 } = denseLayers([
    ...hidden.flatMap((width, k) => [dense(k === 0 ? leaves + 1 : (hidden[k - 1] as number), width), dense(width, width)]),
    dense(last, 2 * projected),
    { inputs: 0, outputs: projected, bound: Math.sqrt(6 / projected) },
  ]);
  const projection = 2 * graphLayers;

  // First the parts that the policy reads again: features, embeddings that parents read, and projections.
  let row4 = 0;
  const take = (width4: number) => {
    row4 += width4;
    return row4 - width4;
  };
  const outputs = new Array<number>(layers.length).fill(0);
  const layer = (l: number) => layers[l] as Layer;
  layer(0).input = take(layer(0).in4);
  for (let l = 1; l + 1 < projection; l += 2) outputs[l] = take(layer(l).out4);
  outputs[projection] = take(layer(projection).out4);
  const memory4 = row4;
  for (let l = 1; l <= projection; l++) {
    layer(l).input = take(layer(l).in4);
    // A layer reads the outputs of the one below, unless a sum over the neighbourhood comes between them.
    if (l % 2 === 1 || l === projection) outputs[l - 1] = layer(l).input;
  }
  for (const each of layers) each.delta = take(each.out4);
  const { forward4 } = head;
  const score = take(forward4);
  return {
    wgsl: source,
    backward: { root: "trainer/gin_backward", unit: "trajectory" },
    isChain: false,
    layers,
    parameters4,
    weights4,
    row4,
    memory4,
    score,
    width4: Math.max(forward4, layer(0).in4, ...layers.map(({ out4 }) => out4)),
    // Roots, a node and its children, and, in the backward pass, the children of every join.
    rowBytes: 4 * leaves + 12 + 8 * environment.horizon,
    // Every node except the last root, after which there is nothing to choose.
    rowsPerTrajectory: 2 * leaves - 2,
    constants: { GRAPH_LAYERS: graphLayers, OUTPUT_OFFSET: wgslArray(outputs) },
  };
}
