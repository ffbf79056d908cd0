import type { Column } from "./metric.js";

/** The built-in columns, in the order of tables. */
export const columns = {
  loss: {
    key: "loss",
    label: "loss",
    help: "the objective on the latest batch; divergences leave out the constant log Z",
    perObjective: true,
  },
  l1: {
    key: "l1",
    label: "L1",
    help: "Σ|p_T − R/Z|, twice the total variation distance from the target",
    better: "lower",
    log: true,
  },
  l1Error: { key: "l1Error", label: "± error", help: "standard error of L1, estimated from samples of the target", shown: "evaluation" },
  js: { key: "js", label: "JS", help: "Jensen–Shannon divergence from the target, in nats", better: "lower", log: true },
  jsError: { key: "jsError", label: "JS error", help: "standard error of JS, estimated from samples", shown: "data" },
  fcs: {
    key: "fcs",
    label: "FCS",
    help: "½ Σ|p_T/p_T(S) − R/R(S)|, the mean over sets S of objects that the policy sampled; blind to what it never samples",
    better: "lower",
    log: true,
  },
  fcsError: { key: "fcsError", label: "FCS error", help: "standard error of FCS", shown: "data" },
  logZ: { key: "logZ", label: "log Z", help: "log Z, as learned or estimated from samples" },
  logZError: {
    key: "logZError",
    label: "log Z error",
    help: "distance of log Z, as learned or estimated from samples, from its exact value",
    better: "lower",
    log: true,
    errorOf: "logZ",
  },
  logZEstimate: {
    key: "logZEstimate",
    label: "log Z estimate",
    help: "log of the mean importance weight of sampled trajectories, also where log Z is learned",
    shown: "data",
  },
  elbo: { key: "elbo", label: "ELBO", help: "mean of log R + log p_B − log p_F, a lower bound of log Z", shown: "evaluation" },
  eubo: {
    key: "eubo",
    label: "EUBO",
    help: "mean of log R + log p_B − log p_F over exact samples of the target, an upper bound of log Z",
    shown: "evaluation",
  },
  meanLogReward: { key: "meanLogReward", label: "mean log R", help: "mean log R of the objects sampled", shown: "evaluation" },
  meanLength: { key: "meanLength", label: "mean length", help: "mean number of actions of a trajectory", shown: "data" },
  topReward: { key: "topReward", label: "top R", help: "mean R of the best distinct objects sampled", better: "higher", shown: "data" },
  topLogReward: {
    key: "topLogReward",
    label: "top log R",
    help: "mean log R of the best distinct objects sampled",
    better: "higher",
    shown: "evaluation",
  },
  topDiversity: {
    key: "topDiversity",
    label: "diversity",
    help: "mean distance between two of the best distinct objects sampled (edit distance of sequences, Jaccard's of sets, SHD of graphs, …)",
    shown: "evaluation",
  },
  modes: { key: "modes", label: "modes", help: "distinct modes sampled", better: "higher", shown: "evaluation", whole: true },
  pearson: {
    key: "pearson",
    label: "Pearson",
    help: "correlation of log p_T with log R over held-out objects",
    better: "higher",
    shown: "evaluation",
  },
  spearman: {
    key: "spearman",
    label: "Spearman",
    help: "rank correlation of log p_T with log R over held-out objects",
    better: "higher",
    shown: "evaluation",
  },
  testSpearman: {
    key: "testSpearman",
    label: "test Spearman",
    help: "rank correlation of log p_T with log R over the benchmark's test set",
    better: "higher",
    shown: "evaluation",
  },
  edgeRmse: {
    key: "edgeRmse",
    label: "edge RMSE",
    help: "root mean square error of the shares of edges among sampled graphs, against their exact probabilities",
    better: "lower",
    log: true,
    shown: "evaluation",
  },
  edgeMarginalError: {
    key: "edgeMarginalError",
    label: "largest",
    help: "the largest of these errors",
    better: "lower",
    log: true,
    shown: "data",
  },
  expectedShd: {
    key: "expectedShd",
    label: "E[SHD]",
    help: "mean structural Hamming distance of sampled graphs to the reference: pairs that are joined in one of the two, or another way",
    better: "lower",
    shown: "evaluation",
  },
  edgeAuroc: {
    key: "edgeAuroc",
    label: "AUROC",
    help: "area under the ROC curve of the shares of edges, against the edges of the reference",
    better: "higher",
    shown: "evaluation",
  },
  meanEdges: { key: "meanEdges", label: "edges", help: "mean number of edges of the graphs sampled", shown: "evaluation" },
  cladeRmse: {
    key: "cladeRmse",
    label: "clade RMSE",
    help: "root mean square error of the frequencies of clades among sampled trees, over those with a frequency or a probability of at least 1 %",
    better: "lower",
    log: true,
    shown: "evaluation",
  },
  cladeError: { key: "cladeError", label: "largest", help: "the largest of these errors", better: "lower", log: true, shown: "data" },
  marginalLogLikelihood: {
    key: "marginalLogLikelihood",
    label: "log p(data)",
    help: "log of the marginal likelihood, estimated from the importance weights R p_B/p_F of sampled trajectories",
    shown: "evaluation",
  },
  marginalLogLikelihoodError: {
    key: "marginalLogLikelihoodError",
    label: "± log p(data)",
    help: "standard error of this estimate, from the spread of the weights",
    errorOf: "marginalLogLikelihood",
    shown: "data",
  },
  effectiveSampleSize: {
    key: "effectiveSampleSize",
    label: "ESS",
    help: "effective sample size of the importance weights R p_B/p_F, as a share of the trajectories sampled",
    better: "higher",
  },
} as const satisfies Readonly<Record<string, Column>>;

/** The keys of the built-in columns, in the order of tables. */
export const builtInKeys: readonly string[] = Object.keys(columns);

/** Sorts columns for tables: the built-in ones in their order, then user-defined ones in the order given. */
export function inOrder(unsorted: readonly Column[]): Column[] {
  const place = ({ key }: Column) => (builtInKeys.includes(key) ? builtInKeys.indexOf(key) : builtInKeys.length);
  return [...unsorted].sort((a, b) => place(a) - place(b));
}

/** Selects the columns of the progress line and of charts. If a quantity and its error are both there, only the error is kept. */
export function briefColumns(all: readonly Column[]): Column[] {
  const shown = all.filter(({ shown: where = "everywhere" }) => where === "everywhere");
  return shown.filter(({ key }) => !shown.some(({ errorOf }) => errorOf === key));
}

/** Whether tables and JSON also show a column's value from before training: columns with a direction of improvement, except errors. */
export function hasBefore({ better, errorOf, perObjective = false }: Column): boolean {
  return better !== undefined && errorOf === undefined && !perObjective;
}
