import { available, type Capability, type EdgePicture, type Environment, unavailable } from "@webgfn/envs";
import type { Edges } from "@webgfn/envs/internal";
import { againstReference, edgeErrors, edgeShares, graphsOf } from "../evaluation/graph-posterior.js";
import { columns } from "./columns.js";
import type { Column, Metric, Values } from "./metric.js";

/** Options of the metrics of graphs. */
export interface GraphMetricsOptions {
  /** Number of objects to sample from every replica's policy. */
  objects: number;
  /** The graph to compare with. Default: the one that the data were simulated from, if they were. */
  reference?: Edges | undefined;
}

/** Measures the graphs that one replica's policy sampled. */
type Measure = (graphs: readonly Edges[]) => Values;

/** Metrics of graphs: their edges beside the exact probabilities, and their distance to a reference. */
export function graphMetrics(environment: Environment, { objects, reference }: GraphMetricsOptions): Metric[] {
  const metrics = [
    graphMetric("edge marginals", [columns.edgeRmse, columns.edgeMarginalError], objects, ({ names, exactMarginals }) => {
      if (!exactMarginals.available) return exactMarginals;
      const exact = exactMarginals.value();
      return available<Measure>((graphs) => {
        const { rmse, largest } = edgeErrors(edgeShares(names, graphs), exact);
        return { edgeRmse: rmse, edgeMarginalError: largest };
      });
    }),
    graphMetric("reference graph", [columns.expectedShd, columns.edgeAuroc], objects, ({ names, reference: simulated }) => {
      const edges = reference ?? simulated;
      if (edges === undefined) return unavailable("no reference graph was given");
      return available<Measure>((graphs) => {
        const { shd, auroc } = againstReference(names, graphs, edges);
        return { expectedShd: shd, edgeAuroc: auroc };
      });
    }),
    graphMetric("edges", [columns.meanEdges], objects, () =>
      available<Measure>((graphs) => ({ meanEdges: graphs.reduce((sum, edges) => sum + edges.length, 0) / graphs.length })),
    ),
  ];
  return metrics.filter((metric) => metric.available(environment).available);
}

function graphMetric(
  name: string,
  measured: readonly Column[],
  objects: number,
  make: (picture: EdgePicture) => Capability<Measure>,
): Metric & { available(environment: Environment): Capability<true> } {
  const measureOf = (environment: Environment): Capability<Measure> => {
    const { picture } = environment.objects;
    return picture.kind === "edges" ? make(picture) : unavailable(`the objects of ${environment.title} are no graphs`);
  };
  return {
    name,
    columns: measured,
    available(environment) {
      const measure = measureOf(environment);
      return measure.available ? available(true) : measure;
    },
    async create({ environment, samples }) {
      const { picture } = environment.objects;
      const measure = measureOf(environment);
      return {
        async measure() {
          if (!measure.available || picture.kind !== "edges") return [];
          return (await samples(objects)).map(({ states }) => measure.value(graphsOf(environment, picture, states)));
        },
        dispose() {},
      };
    },
  };
}
