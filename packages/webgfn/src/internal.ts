/** What tests of this project need of this package. It may change in any release: import the package itself instead. */
export { replicaTable } from "./commands/evaluate.js";
export { main } from "./main.js";
