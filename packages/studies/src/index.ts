export { type BenchmarkOptions, reproduceBenchmarks } from "./benchmarks/benchmarks.js";
export { LIBRARIES, type Peer, type Spoken } from "./benchmarks/peers.js";
export { TASKS as BENCHMARKS } from "./benchmarks/tasks.js";
export { verdict } from "./comparison.js";
export { TASKS } from "./paper.js";
export { type ReproduceOptions, reproduce } from "./reproduce.js";
export { studiesOf } from "./studies.js";
