/** Exports for the other packages and tests of this project. They may change in any release: import the package itself instead. */

export { chosenOfMany } from "./choosing.js";
export { type Cpdag, cpdagOf, type Edges, edgeAuroc, structuralHammingDistance } from "./dags/cpdag.js";
export { parseNumericCsv } from "./dags/csv.js";
export { type CsvRecord, csvRecords } from "./dags/csv-records.js";
export { EDGE_FORMATS, type EdgeTable, parseGraph } from "./dags/graph-file.js";
export { isGrouped, isMissing, numberOf } from "./dags/numbers.js";
export { checkSize, contentOf, eachLine, fault, MOST_BYTES, quoted } from "./data-file.js";
export { encodeObject, requireEncode, withoutPadding } from "./encoding.js";
export { parseAlignment } from "./phylogenetics/alignment.js";
export { type ConsensusNode, cladeShares, consensusOf, consensusText, type SupportedClade } from "./phylogenetics/clades.js";
export { rewardFunctionOf } from "./rewards/host-reward.js";
export { requireReward } from "./rewards/reward.js";
export { unknownReward } from "./rewards/unknown-reward.js";
