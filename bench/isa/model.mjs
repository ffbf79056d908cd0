// A model, and no measurement: the cycles that one subgroup alone takes through a kernel, on a machine that issues one instruction after the
// other and waits for what it reads. Latencies are from textbooks, and the instructions are AMD's on every machine. It says what a kernel waits
// for, and whether a change helps; a real GPU runs several subgroups side by side, and compiles for itself.
import { kindOf } from "./assembly.mjs";

/** Microseconds that a GPU takes from one dispatch to the next, assumed. */
export const LAUNCH = 3;

const H100 = { clock: 1750, vector: 4.5, transcendental: 18, integerProduct: 5, scalar: 2, toScalar: 8, scalarLoad: 8, shared: 30 };

/** Cycles until a result can be used; `clock` in MHz. `load`: of device memory, from the cache that the machine is named after. */
export const MACHINES = {
  "h100-l1": { ...H100, load: 36 },
  "h100-l2": { ...H100, load: 270 },
  "rdna3-l2": {
    clock: 2400,
    vector: 5,
    transcendental: 12,
    integerProduct: 8,
    scalar: 2,
    toScalar: 8,
    scalarLoad: 60,
    shared: 50,
    load: 230,
  },
};
const BRANCH = 12;
const BARRIER = 20;

/** The registers in a list of operands. */
function registersIn(text) {
  const registers = [];
  for (const [, file, from, to, single, number, special] of text.matchAll(
    /\b([vs])\[(\d+):(\d+)\]|\b([vs])(\d+)\b|\b(vcc|exec|scc|src_scc|m0)\b/g,
  )) {
    if (file !== undefined) for (let n = Number(from); n <= Number(to); n++) registers.push(`${file}${n}`);
    else if (single !== undefined) registers.push(`${single}${number}`);
    else registers.push(special === "src_scc" ? "scc" : special);
  }
  return registers;
}

const VECTOR_KINDS = ["vector", "compare", "transcendental", "integerProduct", "load", "store", "sharedLoad", "sharedStore"];

/** An instruction: its kind, the registers that it writes and those that it reads. */
function decode(instruction) {
  const [name] = instruction.split(" ", 1);
  const [first = "", ...others] = instruction.slice(name.length).split(",");
  const rest = others.join(",");
  const kind = kindOf(instruction);
  let writes = registersIn(first);
  let reads = registersIn(rest);
  if (/^s_(and|or|andn2|and_not1)_saveexec/.test(name)) writes.push("exec", "scc");
  else if (["store", "sharedStore", "branch", "barrier"].includes(kind)) [writes, reads] = [[], registersIn(`${first},${rest}`)];
  else if (name.startsWith("v_cmpx")) [writes, reads] = [["exec"], registersIn(`${first},${rest}`)];
  else if (/^s_(cmp|bitcmp)/.test(name)) [writes, reads] = [["scc"], registersIn(`${first},${rest}`)];
  else if (kind === "scalar") writes.push("scc");
  if (/^v_(fmac|dual_fmac|pk_fma)/.test(name)) reads.push(...writes);
  if (/^s_(cbranch_scc|cselect|cmov|addc)/.test(name)) reads.push("scc");
  if (name.startsWith("s_cbranch_vcc")) reads.push("vcc");
  if (name.startsWith("s_cbranch_exec") || VECTOR_KINDS.includes(kind)) reads.push("exec");
  return { name, kind, writes, reads };
}

/** Latency of a kind's result. */
function latencyOf(kind, machine) {
  if (kind === "compare") return machine.vector + 1;
  if (kind === "sharedLoad") return machine.shared;
  return machine[kind] ?? 1;
}

/** The machine's clock, and when each register is ready. */
class Machine {
  now = 0;
  #ready = new Map();
  #stored = 0;
  #machine;

  constructor(machine) {
    this.#machine = machine;
  }

  run({ name, kind, writes, reads }) {
    if (kind === "skip" || kind === "wait") return;
    let start = this.now;
    for (const register of reads) start = Math.max(start, this.#ready.get(register) ?? 0);
    if (kind === "barrier") for (const ready of [this.#stored, ...this.#ready.values()]) start = Math.max(start, ready);
    this.now = start + 1;
    if (kind === "integerProduct") this.now++;
    if (kind === "barrier") this.now = start + BARRIER;
    if (kind === "branch") this.now = start + (name === "s_branch" ? BRANCH : 2);
    if (kind === "sharedStore") this.#stored = Math.max(this.#stored, this.now + this.#machine.shared / 2);
    for (const register of writes) this.#ready.set(register, start + latencyOf(kind, this.#machine));
  }

  /** Lets time pass, as another trip through a loop that takes as long as the last one. */
  pass(cycles) {
    this.now += cycles;
    this.#stored += cycles;
    for (const [register, ready] of this.#ready) this.#ready.set(register, ready + cycles);
  }
}

/** Cycles of a kernel whose loop n is taken `trips[n]` times, each time that it is reached. A trip beyond the second takes as long as that. */
export function cyclesOf(blocks, loops, trips, machine) {
  const decoded = blocks.map(({ instructions }) => instructions.map(decode));
  const state = new Machine(machine);
  const span = (first, last, within) => {
    for (let n = first; n <= last; n++) {
      const at = loops.findIndex((loop, index) => loop.first === n && index !== within);
      if (at < 0) {
        for (const instruction of decoded[n]) state.run(instruction);
        continue;
      }
      const { last: end } = loops[at];
      let before = state.now;
      for (let trip = 0; trip < Math.min(2, trips[at]); trip++) {
        before = state.now;
        span(n, end, at);
      }
      if (trips[at] > 2) state.pass((state.now - before) * (trips[at] - 2));
      n = end;
    }
  };
  span(0, blocks.length - 1, undefined);
  return state.now;
}

/** Cycles of a kernel that loops over time steps. `phases` say how many steps there are of each kind, see trips.mjs. */
export function cyclesOfPhases(blocks, loops, { loops: trips, timeStep, phases }, machine) {
  const once = trips.map((count, n) => (n === timeStep ? 1 : count));
  const trip = (own = trips) => cyclesOfTrip(blocks, loops, own, timeStep, machine);
  const rest = cyclesOf(blocks, loops, once, machine) - trip();
  return phases.reduce((sum, { times, loops: own }) => sum + times * trip(own), rest);
}

/** Cycles of one more trip through a loop. */
export function cyclesOfTrip(blocks, loops, trips, loop, machine) {
  const once = trips.map((count, n) => (n === loop ? 1 : count));
  const twice = trips.map((count, n) => (n === loop ? 2 : count));
  return cyclesOf(blocks, loops, twice, machine) - cyclesOf(blocks, loops, once, machine);
}
