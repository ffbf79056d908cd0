export { banana } from "./banana.js";
export { type BitSequencesParameters, type BitsObject, bitSequences } from "./bit-sequences.js";
export { available, type Capability, unavailable } from "./capability.js";
export type { GraphObject } from "./dags/graph-display.js";
export { localScoreFile } from "./dags/local-score-file.js";
export type { DagPosterior } from "./dags/posterior.js";
export { type Dags, type DagsParameters, dags } from "./dags.js";
export { type DataFile, decodeDataFile } from "./data-file.js";
export type {
  EnvironmentDeclaration,
  FileField,
  FormField,
  ParameterDeclaration,
  ParameterDeclarations,
  RewardExpression,
  TargetEditor,
} from "./declaration.js";
export { defineEnvironment, type EnvironmentDescription } from "./define-environment.js";
export { encodeObjects } from "./encoding.js";
export type { Environment, ParameterValue } from "./environment.js";
export { type FunnelParameters, funnel } from "./funnel.js";
export { type GaussianMixtureParameters, gaussianMixture } from "./gaussian-mixture.js";
export type { VertexSetObject } from "./graphs/vertex-set.js";
export { type CellObject, type HypergridParameters, hypergrid } from "./hypergrid.js";
export { type IndependentSet, type IndependentSetParameters, independentSet } from "./independent-set.js";
export { type IsingParameters, ising, type SpinObject } from "./ising.js";
export { type Knapsack, type KnapsackParameters, knapsack } from "./knapsack.js";
export { type EnvironmentName, environmentDeclarations, environmentNames, makeEnvironment } from "./make-environment.js";
export { type ManyWellParameters, manyWell } from "./many-well.js";
export { type MaxCut, type MaxCutParameters, maxCut } from "./max-cut.js";
export type {
  CellPicture,
  DensityPicture,
  DisplayDescription,
  EdgePicture,
  ObjectColumn,
  ObjectDisplay,
  ObjectKind,
  ObjectPicture,
  PictureAxes,
  PlaneWindow,
  RankingPicture,
  SampledObject,
  TreePicture,
} from "./objects.js";
export { type LeafObject, type PerfectBinaryTreeParameters, perfectBinaryTree } from "./perfect-binary-tree.js";
export type { Alignment } from "./phylogenetics/alignment.js";
export type { TreeObject } from "./phylogenetics/tree-display.js";
export { type Phylogenetics, type PhylogeneticsParameters, phylogenetics } from "./phylogenetics.js";
export type { PointObject } from "./points.js";
export { type PrependAppendParameters, prependAppend } from "./prepend-append.js";
export { type Qm9SmallParameters, qm9Small } from "./qm9-small.js";
export { type HostRewardOptions, hostReward, type RewardFunction } from "./rewards/host-reward.js";
export type {
  ConvolutionLayer,
  EmbeddingLayer,
  FlattenLayer,
  LinearLayer,
  PoolLayer,
  RewardLayer,
  RewardNetwork,
} from "./rewards/network-layers.js";
export { type NetworkRewardOptions, networkReward } from "./rewards/network-reward.js";
export { type BoundReward, type Reward, type RewardOptions, withReward } from "./rewards/reward.js";
export type { HostEvaluation, RewardCounts, RewardFacts, RewardKind } from "./rewards/reward-facts.js";
export type { TableOptions } from "./rewards/table-options.js";
export { type IndexTable, type ObjectTable, tableReward } from "./rewards/table-reward.js";
export { type WgslReward, wgslReward } from "./rewards/wgsl-reward.js";
export { type SequenceObject, type SequencesParameters, sequences } from "./sequences.js";
export { type SetObject, type SetsParameters, sets } from "./sets.js";
export { type Tfbind8Parameters, tfbind8 } from "./tfbind8.js";
export type { TrainingDefaults } from "./training-defaults.js";
