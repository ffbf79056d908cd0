/**
 * A graph isomorphism network over a forest whose edges point to the roots (Xu et al., 2019, with epsilon = 0):
 *   h0_v = (1 for each species below v; 1 if v joins two trees),
 *   hk_v = lrelu(W lrelu(W (hk-1_v + sum over children c of hk-1_c) + b) + b),
 *   (q_v, g_v) = W hK_v + b,  logit(i, j) = r . lrelu(q_i + q_j + sum over roots k of g_k),  p_F = softmax over the pairs.
 */
import { type Layer, type Mlp, parameterCount } from "./mlp.js";
import { type Forest, joined, smallestLeaf, type Tree } from "./phylogenetics.js";
import { differentiate, logSoftmax, Scalar } from "./tape.js";

/** Two dense layers for each graph layer, then W and b of (q, g), then r as the bias of a layer without inputs. */
export type Gin = Mlp;

type ScalarLayer = { weight: Scalar[][]; bias: Scalar[] };

function scalars({ weight, bias }: Layer): ScalarLayer {
  const scalar = (value: number) => new Scalar(value);
  return { weight: weight.map((row) => row.map(scalar)), bias: bias.map(scalar) };
}

const total = (values: readonly Scalar[]): Scalar => values.reduce((sum, value) => sum.plus(value));
const vectorTotal = (vectors: readonly Scalar[][]): Scalar[] => vectors[0]!.map((_, i) => total(vectors.map((vector) => vector[i]!)));

function affine({ weight, bias }: ScalarLayer, input: readonly Scalar[]): Scalar[] {
  return weight.map((row, out) => total([bias[out]!, ...row.map((w, i) => w.times(input[i]!))]));
}

function speciesBelow(tree: Tree): number[] {
  return typeof tree === "number" ? [tree] : tree.flatMap(speciesBelow);
}

/** hk of the root of a tree. */
function embedding(layers: readonly ScalarLayer[], k: number, tree: Tree, taxa: number): Scalar[] {
  if (k === 0) {
    const species = speciesBelow(tree);
    const below = Array.from({ length: taxa }, (_, leaf) => new Scalar(species.includes(leaf) ? 1 : 0));
    return [...below, new Scalar(typeof tree === "number" ? 0 : 1)];
  }
  const neighbourhood = typeof tree === "number" ? [tree] : [tree, ...tree];
  const heard = vectorTotal(neighbourhood.map((node) => embedding(layers, k - 1, node, taxa)));
  const inner = affine(layers[2 * k - 2]!, heard).map((x) => x.leakyRelu());
  return affine(layers[2 * k - 1]!, inner).map((x) => x.leakyRelu());
}

/** The pairs of roots, as indices into the forest, with their logits. */
function pairLogits(layers: readonly ScalarLayer[], forest: Forest, taxa: number): { pair: [Tree, Tree]; logit: Scalar }[] {
  const graphLayers = (layers.length - 2) / 2;
  const readout = layers.at(-1)!.bias;
  const projections = forest.map((tree) => affine(layers.at(-2)!, embedding(layers, graphLayers, tree, taxa)));
  const q = projections.map((projection) => projection.slice(0, readout.length));
  const context = vectorTotal(projections.map((projection) => projection.slice(readout.length)));
  return forest.flatMap((b, j) =>
    forest.slice(0, j).map((a, i) => ({
      pair: [a, b] as [Tree, Tree],
      logit: total(vectorTotal([q[i]!, q[j]!, context]).map((x, d) => x.leakyRelu().times(readout[d]!))),
    })),
  );
}

/** p_F of every pair of roots that a forest allows, with the forest that joining them leads to. */
export function ginChoices(gin: Gin, forest: Forest): { next: Forest; probability: number }[] {
  const taxa = forest.flatMap(speciesBelow).length;
  const pairs = pairLogits(gin.layers.map(scalars), forest, taxa);
  const logits = pairs.map(({ logit }) => logit);
  return pairs.map(({ pair }, chosen) => ({ next: join(forest, pair), probability: Math.exp(logSoftmax(logits, chosen).value) }));
}

function join(forest: Forest, [a, b]: [Tree, Tree]): Forest {
  return [...forest.filter((tree) => tree !== a && tree !== b), joined(a, b)].sort((x, y) => smallestLeaf(x) - smallestLeaf(y));
}

/** log p_F of a trajectory, and its gradient in the order of `flatten`. Action j(j-1)/2 + i joins the trees of smallest leaves i < j. */
export function ginTrajectory(gin: Gin, taxa: number, actions: readonly number[]): { logForward: number; score: Float64Array } {
  const layers = gin.layers.map(scalars);
  let forest: Forest = Array.from({ length: taxa }, (_, leaf) => leaf);
  const steps = actions.map((action) => {
    const pairs = pairLogits(layers, forest, taxa);
    const chosen = pairs.findIndex(({ pair: [a, b] }) => {
      const [i, j] = [smallestLeaf(a), smallestLeaf(b)];
      return (j * (j - 1)) / 2 + i === action;
    });
    if (chosen < 0) throw new Error(`Action ${action} is not allowed in ${JSON.stringify(forest)}.`);
    forest = join(forest, pairs[chosen]!.pair);
    return logSoftmax(
      pairs.map(({ logit }) => logit),
      chosen,
    );
  });
  const logForward = total(steps);
  differentiate(logForward);
  const gradients = layers.flatMap(({ weight, bias }) => [...weight.flat(), ...bias]).map(({ gradient }) => gradient);
  if (gradients.length !== parameterCount(gin)) throw new Error("A parameter is missing.");
  return { logForward: logForward.value, score: Float64Array.from(gradients) };
}
