export { verdict } from "./comparison.js";
export { TASKS } from "./paper.js";
export { type ReproduceOptions, reproduce } from "./reproduce.js";
export { studiesOf } from "./studies.js";
