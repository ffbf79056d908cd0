/** Exports for the other packages and tests of this project. They may change in any release: import the package itself instead. */
export { flattened, overlay, requireKeysOnce } from "./configuration.js";
export { diagnoseRun, diagnosisText, rewardEvaluations, sentences } from "./diagnosis.js";
export { commandName, isCommand, isFileReference, shortName } from "./file-reference.js";
export { float32, line } from "./json.js";
export { environmentMakers } from "./load-sampler.js";
export { roleOfPart } from "./part-rules.js";
export { environmentOf, type OwnPart, objectiveOf, ownParts, policyOf, withUnknownReward } from "./parts.js";
export { priorOfConfiguration } from "./prior-policy.js";
export { adapterText, exactLogZ, known, show, showSpread, spreads, trainingResult } from "./results.js";
export { givenNetwork } from "./rewards/network-file.js";
export { type Kind, OBJECTIVE_PARAMETERS, POLICY_PARAMETERS, SETTINGS, type Setting } from "./settings.js";
