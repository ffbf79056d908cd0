import { dags, type Environment, hypergrid, phylogenetics, sets } from "@webgfn/envs";
import { mlp } from "@webgfn/sampler";
import { environmentData, fitPolicy, initialWeights, packWeights, Replicas } from "@webgfn/sampler/internal";
import { type Device, openDevice } from "@webgfn/tensor";
import { ExactEvaluator } from "@webgfn/trainer/internal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { flowsOf, l1Of, logZOf } from "./flows.js";
import { forestText } from "./forests.js";
import { flowReader } from "./read.js";
import { isStop } from "./state-graph.js";

const GRID = hypergrid({ side: 4, r0: 0.1 }) as Environment;
const CASES = [
  { environment: GRID, names: ["(0, 0)", "(3, 3)"], stops: 16 },
  { environment: dags({ variables: 3, samples: 50 }) as Environment, names: ["no edges"], stops: 25 },
  { environment: phylogenetics({ species: 4, sites: 10 }) as Environment, names: ["s0 s1 s2 s3", "((s0,s1),(s2,s3))"], stops: 0 },
].map((each) => ({ ...each, title: each.environment.title }));

describe("a flow read from the GPU", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice();
  });
  afterAll(() => device?.dispose());

  it.each(CASES)("of $title ends in the exact distribution", async ({ environment, names, stops }) => {
    const network = fitPolicy(mlp({ hidden: [8] }), environment);
    const weights = device.tensorFrom(packWeights(network, initialWeights(network, 0)), [1, 4 * network.weights4], "weights");
    const data = environmentData(device, environment);
    const replicas = new Replicas(device, [{ seed: 0 }]);
    const exact = await ExactEvaluator.create({ device, environment, network, weights, data, replicas });
    const [{ l1 } = {}] = await exact.measure();
    const reader = await flowReader(device, environment);
    if (reader === undefined) throw new Error("its states can be listed");
    const { graph } = reader;
    const flows = flowsOf(graph, await reader.policy(exact));
    for (const name of names) expect(graph.names).toContain(name);
    expect(Array.from(graph.from).filter((_, edge) => isStop(graph, edge))).toHaveLength(stops);
    expect(graph.cells?.[0]).toEqual(environment === GRID ? [0, 0] : undefined);
    expect(logZOf(graph)).toBeCloseTo((environment.exactLogZ as { value: number }).value, 4);
    expect(l1Of(graph, flows)).toBeCloseTo(l1 as number, 4);
    for (const each of [exact, replicas, weights, data]) each.dispose();
  });

  it("is not read of too many states", async () => {
    expect(await flowReader(device, sets({ items: 13, size: 3 }) as Environment)).toBeUndefined();
    expect(await flowReader(device, sets() as Environment)).toBeUndefined();
  });
});

it("a forest is written by its trees", () => {
  expect(forestText(["a", "b", "c", "d"], 4, [])).toBe("a b c d");
  // 5 joins d into c, then 1 joins c's tree into a.
  expect(forestText(["a", "b", "c", "d"], 4, [5, 1])).toBe("(a,(c,d)) b");
});
