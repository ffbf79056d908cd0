/** The list of all states and the state graph, state by state beside the float64 oracle. */
import { dags, type Environment, hypergrid, phylogenetics, sequences, sets } from "@webgfn/envs";
import { terminalStates } from "@webgfn/reference";
import { enumerateObjects } from "@webgfn/trainer";
import { listGraph } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { chainSamples, csvFile } from "./graph-samples.js";
import { twin } from "./twins.js";

vi.setConfig({ testTimeout: 300_000 });

// Fewer states than a workgroup has lanes, and more, in no multiple of them.
const ENVIRONMENTS: Environment[] = [
  sets({ items: 1, size: 1 }),
  sets({ items: 7, size: 3 }),
  sequences({ symbols: 3, length: 4 }),
  hypergrid({ dimensions: 2, side: 5, r0: 0.1 }),
  dags({ data: csvFile(chainSamples(3, 30)) }),
  phylogenetics({ species: 4, sites: 6, dataSeed: 2 }),
];

describe.each(ENVIRONMENTS.map((environment) => ({ title: environment.title, environment })))("$title", ({ environment }) => {
  it("has the oracle's states and edges", async () => {
    const { reference, object, rounding } = twin(environment);
    const graph = await listGraph(await testDevice(), environment);
    expect(environment.enumeration).toEqual({ available: true, value: graph.count });
    const indexOf = new Map([[reference.key(reference.initial()), graph.initial]]);
    const levels = new Map([[graph.initial, 0]]);
    // The list grows while the loop goes through it.
    const states = [reference.initial()];
    for (const state of states) {
      const key = reference.key(state);
      const i = indexOf.get(key)!;
      const terminal = reference.isTerminal(state);
      expect(graph.index(i), key).toBe(i);
      expect(environment.decode(graph.state(i)), key).toEqual(object(state));
      expect(graph.isTerminal(i), key).toBe(terminal);
      expect(graph.level(i), key).toBe(levels.get(i));
      expect(graph.parentCount(i), key).toBe(reference.parents(state).length);
      expect([...graph.features(i)], key).toEqual(reference.featuresOf(state));
      const expected = terminal ? reference.logReward(state) : 0;
      expect(Math.abs(graph.logReward(i) - expected), `log R ${key}`).toBeLessThan((1e-6 + rounding) * (1 + Math.abs(expected)));
      reference.allowed(state).forEach((allowed, action) => {
        const child = graph.child(i, action);
        expect(child !== undefined, `action ${action} at ${key}`).toBe(allowed);
        if (child === undefined) return;
        const next = reference.apply(state, action);
        const known = indexOf.get(reference.key(next));
        if (known === undefined) {
          indexOf.set(reference.key(next), child);
          levels.set(child, graph.level(i) + 1);
          states.push(next);
        } else {
          expect(child, `action ${action} at ${key}`).toBe(known);
        }
      });
    }
    expect(new Set(indexOf.values()).size, "no two states share an index").toBe(states.length);
  });

  it("has the oracle's objects", async () => {
    const { reference, object, rounding } = twin(environment);
    const listed = await enumerateObjects(await testDevice(), environment);
    const expected = new Map(terminalStates(reference).map((state) => [JSON.stringify(object(state)), reference.logReward(state)]));
    expect(listed.map((each) => JSON.stringify(each.object)).sort()).toEqual([...expected.keys()].sort());
    for (const { object: found, logReward } of listed) {
      const own = expected.get(JSON.stringify(found))!;
      expect(Math.abs(logReward - own)).toBeLessThan((1e-6 + rounding) * (1 + Math.abs(own)));
    }
  });
});
