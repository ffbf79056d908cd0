import { available, type Capability, type EdgePicture, type Environment, unavailable } from "@webgfn/envs";
import type { Edges } from "@webgfn/envs/internal";
import { againstReference, edgeErrors, edgeShares, graphsOf } from "../evaluation/graph-posterior.js";
import { cladeErrors, sampledClades } from "../evaluation/tree-posterior.js";
import { columns } from "./columns.js";
import type { Column, Metric, Values } from "./metric.js";

/** Options of the metrics of graphs and trees. */
export interface PosteriorMetricsOptions {
  /** Number of objects to sample from every replica's policy. */
  objects: number;
  /** The graph to compare with. Default: the one that the data were simulated from, if they were. */
  reference?: Edges | undefined;
}

/** Measures the objects that one replica's policy sampled, from their states one after another. */
type Measure = (states: Uint32Array) => Values;

/** Metrics of graphs and trees: edges and clades against their exact probabilities, and graphs against a reference. */
export function posteriorMetrics(environment: Environment, { objects, reference }: PosteriorMetricsOptions): Metric[] {
  const metric = (name: string, measured: readonly Column[], make: (environment: Environment) => Capability<Measure>) =>
    sampleMetric(name, measured, objects, make);
  const metrics = [
    metric("edge marginals", [columns.edgeRmse, columns.edgeMarginalError], (environment) =>
      ofGraphs(environment, ({ names, exactMarginals }) => {
        if (!exactMarginals.available) return exactMarginals;
        const exact = exactMarginals.value();
        return available((graphs) => {
          const { rmse, largest } = edgeErrors(edgeShares(names, graphs), exact);
          return { edgeRmse: rmse, edgeMarginalError: largest };
        });
      }),
    ),
    metric("reference graph", [columns.expectedShd, columns.edgeAuroc], (environment) =>
      ofGraphs(environment, ({ names, reference: simulated }) => {
        const edges = reference ?? simulated;
        if (edges === undefined) return unavailable("no reference graph was given");
        return available((graphs) => {
          const { shd, auroc } = againstReference(names, graphs, edges);
          return { expectedShd: shd, edgeAuroc: auroc };
        });
      }),
    ),
    metric("edges", [columns.meanEdges], (environment) =>
      ofGraphs(environment, () =>
        available((graphs) => ({ meanEdges: graphs.reduce((sum, edges) => sum + edges.length, 0) / graphs.length })),
      ),
    ),
    metric("clade frequencies", [columns.cladeRmse, columns.cladeError], ofTrees),
  ];
  return metrics.filter((each) => each.available(environment).available);
}

/** A metric of graphs. */
function ofGraphs(
  environment: Environment,
  make: (picture: EdgePicture) => Capability<(graphs: readonly Edges[]) => Values>,
): Capability<Measure> {
  const { picture } = environment.objects;
  if (picture.kind !== "edges") return unavailable(`the objects of ${environment.title} are no graphs`);
  const measure = make(picture);
  return measure.available ? available((states) => measure.value(graphsOf(environment, picture, states))) : measure;
}

function ofTrees(environment: Environment): Capability<Measure> {
  const { picture } = environment.objects;
  if (picture.kind !== "trees" || picture.clades === undefined) {
    return unavailable(`the objects of ${environment.title} are no trees with clades`);
  }
  const { clades, exactClades = unavailable("the probabilities of clades are unknown") } = picture;
  if (!exactClades.available) return exactClades;
  const exact = exactClades.value();
  return available((states) => {
    const { rmse, largest } = cladeErrors(sampledClades(environment, clades, states), exact);
    return { cladeRmse: rmse, cladeError: largest };
  });
}

/** A metric of sampled objects. Metrics that sample the same number share them. */
function sampleMetric(
  name: string,
  measured: readonly Column[],
  objects: number,
  make: (environment: Environment) => Capability<Measure>,
): Metric & { available(environment: Environment): Capability<true> } {
  return {
    name,
    columns: measured,
    available(environment) {
      const measure = make(environment);
      return measure.available ? available(true) : measure;
    },
    async create({ environment, samples }) {
      const measure = make(environment);
      return {
        measure: async () => (measure.available ? (await samples(objects)).map(({ states }) => measure.value(states)) : []),
        dispose() {},
      };
    },
  };
}
