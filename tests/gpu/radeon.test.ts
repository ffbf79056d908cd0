/**
 * Every kernel of training and of its evaluation as a GPU's compiler makes it: Mesa's RADV for a Radeon that computes nothing (bench/isa). None
 * may spill registers or use scratch memory, and each leaves room for several subgroups side by side.
 */
import { describe, expect, it } from "vitest";
import { compileFor, findRadeon, USUAL_CARD } from "../../bench/isa/radeon.mjs";
import { isaWorks, type Work } from "../../bench/isa/works.mjs";

/** Vector registers of a lane with which a SIMD unit still runs eight subgroups. */
const MOST_REGISTERS = 168;

const DIVERGENCES = ["renyi", "reverse-kl", "forward-kl", "tsallis", "jsd"];
const BALANCE = ["tb", "vargrad"];
/** They need a network that learns a flow, which a graph network does not. */
const FLOW = ["db", "subtb"];
const objectivesOf = ({ key, environment }: Work) =>
  key === environment
    ? [...DIVERGENCES, ...BALANCE, ...(environment === "phylogenetics" ? [] : FLOW), ...(environment === "dags" ? ["mdb"] : [])]
    : ["renyi", "tb"];

/** Environments in which some objects have several parents, so that p_B can be learned. */
const BRANCHING = ["hypergrid", "dags"];

const works: Work[] = [
  ...isaWorks.map((work) => ({ ...work, objectives: objectivesOf(work) })),
  ...BRANCHING.map((environment) => ({
    key: `${environment} with a learned p_B`,
    environment,
    parameters: {},
    batch: 128,
    backward: "learned",
    objectives: ["tb", "renyi"],
  })),
];

const radeon = findRadeon();
const reason = "missing" in radeon ? radeon.missing : undefined;

describe.skipIf(reason !== undefined)(`a Radeon's compiler${reason === undefined ? "" : ` (${reason})`}`, () => {
  it.each(works)("makes sound kernels of $key", (work) => {
    if ("missing" in radeon) return;
    const { adapter, dispatches, compiled } = compileFor(radeon, USUAL_CARD, work);
    expect(adapter).toMatchObject({ name: "amd-radeon-rx-7900-xtx-radv-navi31", type: "gpu" });
    expect(dispatches.length).toBeGreaterThanOrEqual(6);
    const numbers = compiled.map(({ number }) => number);
    expect(dispatches.map(({ pipeline }) => pipeline).filter((pipeline) => !numbers.includes(pipeline))).toEqual([]);
    for (const { kernel, vgprs, scratch, spilledVgprs, spilledSgprs } of compiled) {
      expect({ kernel, scratch, spilledVgprs, spilledSgprs }).toEqual({ kernel, scratch: 0, spilledVgprs: 0, spilledSgprs: 0 });
      expect(vgprs, kernel).toBeLessThanOrEqual(MOST_REGISTERS);
    }
  });
});
