export { completeConfiguration, trainerOptions } from "./complete-configuration.js";
export { type Configuration, type PartialConfiguration, parseConfiguration } from "./configuration.js";
export type { FileReference } from "./file-reference.js";
export { type AnyObject, loadSampler } from "./load-sampler.js";
export type { ObjectBytes } from "./objects/found-object.js";
export { readObjects } from "./objects/read-objects.js";
export type { Parts } from "./parts.js";
