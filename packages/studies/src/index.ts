export { type BenchmarkOptions, reproduceBenchmarks } from "./benchmarks/benchmarks.js";
export { LIBRARIES, type Peer } from "./benchmarks/peers.js";
export { TASKS as BENCHMARKS, type Task as Benchmark } from "./benchmarks/tasks.js";
export { bitWorld, gridWorld, moleculeWorld, spinWorld } from "./benchmarks/world.js";
export { verdict } from "./comparison.js";
export { TASKS } from "./paper.js";
export { type ReproduceOptions, reproduce } from "./reproduce.js";
export { studiesOf } from "./studies.js";
