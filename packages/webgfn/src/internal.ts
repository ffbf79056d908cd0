/** What tests of this project need of this package. It may change in any release: import the package itself instead. */
export { parseArguments } from "./arguments.js";
export { replicaTable } from "./commands/evaluate.js";
export { newConfiguration, train } from "./commands/train.js";
export { main } from "./main.js";
