/** `checkEnvironment`: every mistake that it promises to find, made on purpose, one at a time; and exact evaluation of masked objects. */
import { type CheckReport, checkEnvironment } from "@webgfn/check";
import { available, type Environment, unavailable } from "@webgfn/envs";
import { environmentData, initialWeights, Replicas, weightsTensor } from "@webgfn/sampler/internal";
import { enumerateObjects } from "@webgfn/trainer";
import { ExactEvaluator } from "@webgfn/trainer/internal";
import { describe, expect, it, vi } from "vitest";
import { testDevice } from "./device.js";
import { networkOf } from "./helpers.js";
import { FEASIBLE, fits, knapsack, logRewardOf } from "./knapsack.js";

// A driver compiles each kernel when it first runs.
vi.setConfig({ testTimeout: 300_000 });

const check = async (environment: Environment, constraint = fits): Promise<CheckReport> =>
  checkEnvironment(await testDevice(), environment, { constraint });

const listed = { enumeration: unavailable<number>("it is not listed") };

it("finds nothing wrong with a knapsack, and notes the sets that do not fit", async () => {
  const encode = ({ items }: { items: number[] }) => Uint32Array.of(items.reduce((word, item) => word | (1 << item), 2 ** 4));
  const { problems, warnings, notes } = await check(knapsack([], { encode, stop: 4 }));
  expect(problems).toEqual([]);
  expect(warnings).toEqual([]);
  expect(notes.join("\n")).toContain(
    `state_at lists ${16 - FEASIBLE.length} terminal states that no trajectory reaches, such as [${2 ** 4 + 1 + 2 + 4}]`,
  );
});

it("says what log Z is where nobody else does", async () => {
  const environment = knapsack([], { exactLogZ: unavailable("nobody knows it") });
  if (!knapsack().exactLogZ.available) throw new Error("the knapsack knows log Z");
  const { notes } = await check(environment);
  const exact = (knapsack().exactLogZ as { value: number }).value;
  expect(notes.join("\n")).toContain(
    `the rewards of the ${FEASIBLE.length} objects that can be reached sum to log Z = ${exact.toFixed(4)}`,
  );
});

/** A mistake: what it is called, how the module or descriptor changes, and what the report must say. */
interface Mistake {
  name: string;
  changes?: [string, string][];
  more?: Parameters<typeof knapsack>[1];
  promise: string;
  message: RegExp;
  /** Whether the finding names a state and an action. */
  names?: ("state" | "action" | "object")[];
}

const MISTAKES: Mistake[] = [
  {
    name: "a mask that leaves no action",
    changes: [["if (action == u32(ITEMS)) { return true; }", "if (action == u32(ITEMS)) { return weight(state) < 8.0; }"]],
    promise: "is_allowed",
    message: /state \[\d+\] is not terminal and allows no action; action \d leads there from state \[\d+\]/,
    names: ["state", "action"],
  },
  {
    name: "a mask that forgets the capacity",
    changes: [["!has(state, action) && weight(state) + environment_data[action] <= f32(CAPACITY)", "!has(state, action)"]],
    promise: "constraint",
    message:
      /the object \{"items":\[[\d,]+\]\} at state \[\d+\] breaks the constraint \(\d+ is more than 9\), but is_allowed lets a trajectory reach it; action 4 leads there from state \[\d+\]/,
    names: ["state", "action", "object"],
  },
  {
    name: "a mask that allows items that are in already",
    changes: [["!has(state, action) && weight", "weight"]],
    promise: "apply/undo",
    message: /undo\(apply\(s, a\), a\) is not s for state \[\d+\] and action \d: it gives \[\d+\]/,
    names: ["state", "action"],
  },
  {
    name: "an undo that keeps the stop bit",
    changes: [["State(state[0] & ~(1u << action))", "State(state[0] & ~((1u << action) & 15u))"]],
    promise: "apply/undo",
    message: /undo\(apply\(s, a\), a\) is not s for state \[0\] and action 4: it gives \[16\]/,
    names: ["state", "action"],
  },
  {
    name: "an is_undoable that denies an action that was allowed",
    changes: [["return has(state, action);\n}", "return has(state, action) && action != 2u;\n}"]],
    promise: "is_undoable",
    message: /is_allowed allows action 2 at state \[\d+\], but is_undoable denies it afterwards, at state \[\d+\]/,
    names: ["state", "action"],
  },
  {
    name: "an is_undoable that is true for an action that was not allowed",
    changes: [["return action == u32(ITEMS);", "return true;"]],
    promise: "is_undoable",
    message: /it is true at state \[\d+\] for action \d, but /,
    names: ["state", "action"],
  },
  {
    name: "a parent_count that is always 1",
    changes: [["select(countOneBits(state[0]), 1u, is_terminal(state))", "1u"]],
    promise: "parent_count",
    message: /it is 1 at state \[0\], where is_undoable names 0 actions \(none\)/,
    names: ["state"],
  },
  {
    name: "a level that starts at 1",
    changes: [["fn level(state: State) -> u32 { return", "fn level(state: State) -> u32 { return 1u +"]],
    promise: "level",
    message: /level is 1 at state \[0\], but no action leads there/,
    names: ["state"],
  },
  {
    name: "a level that leaves out the stop action",
    changes: [["return countOneBits(state[0]); }\nfn feature", "return countOneBits(state[0] & 15u); }\nfn feature"]],
    promise: "level",
    message: /action 4 leads from state \[(\d+)\] at level (\d) to state \[\d+\] at level \2$/,
    names: ["state", "action"],
  },
  {
    name: "an encode that forgets the stop bit",
    more: { encode: ({ items }) => Uint32Array.of(items.reduce((word, item) => word | (1 << item), 0)) },
    promise: "encode",
    message: /terminal state \[16\] is the object \{"items":\[\]\}, of which encode makes state \[0\]/,
    names: ["state", "object"],
  },
  {
    name: "an encode that throws",
    more: {
      encode: () => {
        throw new Error("not yet");
      },
    },
    promise: "encode",
    message: /it throws for the object \{"items":\[\]\} of terminal state \[16\]: Error: not yet/,
    names: ["state", "object"],
  },
  {
    name: "an object that JSON does not keep",
    more: {
      decode: (state) => ({ items: Object.assign([], { word: state[0] }) }),
      encode: ({ items }) => Uint32Array.of((items as unknown as { word?: number }).word ?? 0),
    },
    promise: "encode",
    message: /terminal state \[16\] is the object \{"items":\[\]\}, of which encode makes state \[0\]/,
    names: ["state", "object"],
  },
  {
    name: "a log R that is not finite",
    changes: [["  return sum;\n}\n\nfn state_at", "  return select(sum, log(sum - 2.5), has(state, 1u));\n}\n\nfn state_at"]],
    promise: "log_reward",
    message: /log R is -Infinity at terminal state \[18\], the object \{"items":\[1\]\}; action 4 leads there from state \[2\]/,
    names: ["state", "action", "object"],
  },
  {
    name: "a state_index that disagrees with state_at",
    changes: [["-> u32 { return state[0]; }", "-> u32 { return state[0] ^ (state[0] >> 1u); }"]],
    promise: "state_at/state_index",
    message: /state_at\(state_index\(s\)\) is not s for state \[\d+\], whose state_index is \d+/,
    names: ["state"],
  },
  {
    name: "an exactLogZ of all sets, whether they fit or not",
    more: { exactLogZ: available(10.5) },
    promise: "exactLogZ",
    message: /it is 10\.500000, but the rewards of the \d+ objects that can be reached sum to log Z = \d\.\d+/,
  },
  {
    name: "a trajectory that never ends",
    changes: [
      [
        "if (action == u32(ITEMS)) { return true; }",
        "if (action == u32(ITEMS)) { return false; }\n  if (has(state, action)) { return true; }",
      ],
    ],
    promise: "horizon",
    message: /a trajectory has not ended after horizon = 5 actions: 5 actions \([\d, ]+\) led to state \[\d+\], which is not terminal/,
    names: ["state", "action"],
  },
  {
    name: "a horizon without the stop action",
    // Three items fit at no time, so a trajectory has at most two and the stop action.
    more: { horizon: 2 },
    promise: "horizon",
    message: /a trajectory has not ended after horizon = 2 actions: 2 actions \(\d, \d\) led to state \[\d+\]/,
    names: ["state", "action"],
  },
  {
    name: "an action beside the stop that ends a trajectory",
    changes: [["return (state[0] & stop_bit()) != 0u; }", "return (state[0] & (stop_bit() | 8u)) != 0u; }"]],
    more: { stop: 4 },
    promise: "stop",
    message: /action 3 leads from state \[\d+\] to state \[\d+\], which is terminal, although the environment's stop is 4/,
    names: ["state", "action"],
  },
  {
    name: "a stop that does not end a trajectory",
    more: { stop: 0 },
    promise: "stop",
    message: /action 0 leads from state \[\d+\] to state \[\d+\], which is not terminal, although the environment's stop is 0/,
    names: ["state", "action"],
  },
  {
    name: "a state that may not stop",
    changes: [["if (action == u32(ITEMS)) { return true; }", "if (action == u32(ITEMS)) { return weight(state) > 3.5; }"]],
    more: { stop: 4 },
    promise: "stop",
    message: /is_allowed denies action 4, the environment's stop, at state \[\d+\]/,
    names: ["state", "action"],
  },
  {
    name: "a next_feature that passes over one",
    changes: [["for (var k = start; k < FEATURES; k++)", "for (var k = max(start, 1u); k < FEATURES; k++)"]],
    promise: "next_feature",
    message: /next_feature\(s, 0\) is \d at state \[\d+\], but the first feature from 0 on that is not 0 is 0/,
    names: ["state"],
  },
  {
    name: "a feature that is not a number",
    changes: [["return select(0.0, 1.0, has(state, k)); }", "return select(0.0, log(environment_data[0] - 3.0), has(state, k)); }"]],
    promise: "feature",
    message: /feature\(s, \d\) is -Infinity at state \[\d+\]/,
    names: ["state"],
  },
  {
    name: "a decode that throws",
    more: {
      decode: () => {
        throw new Error("no such item");
      },
    },
    promise: "decode",
    message: /it throws for terminal state \[\d+\]: Error: no such item/,
    names: ["state", "action"],
  },
  {
    name: "exact samples that do not fit",
    more: { exactSampling: available((count: number) => new Uint32Array(count).fill(31)) },
    promise: "exactSampling",
    message: /it drew state \[31\], which no trajectory reaches/,
    names: ["state"],
  },
  {
    name: "exact samples that are not terminal",
    more: { exactSampling: available((count: number) => new Uint32Array(count).fill(3)) },
    promise: "exactSampling",
    message: /it drew state \[3\], which is not terminal/,
    names: ["state"],
  },
  {
    name: "several trajectories where one was promised",
    more: { singleTrajectory: true },
    promise: "singleTrajectory",
    message: /the environment says that every object has one trajectory, but actions \d, \d can be undone at state \[\d+\]/,
    names: ["state"],
  },
];

describe.each(MISTAKES)("$name", ({ changes, more, promise, message, names = [] }) => {
  it("is found, and named", async () => {
    const { problems } = await check(knapsack(changes, more));
    const found = problems.find((problem) => problem.promise === promise && message.test(problem.message));
    expect(found, JSON.stringify(problems, undefined, 1)).toBeDefined();
    for (const name of names) expect(found).toHaveProperty(name);
    expect(found!.message.startsWith(`${promise}: `)).toBe(true);
  });
});

/** These break the graph of states, but not what each state says of itself. */
it("compares parent_count with the actions that lead to a state", async () => {
  // A parent that no trajectory reaches: is_undoable and parent_count agree with each other, but not with the graph.
  const environment = knapsack([
    ["fn initial_state() -> State { return State(0u); }", "fn initial_state() -> State { return State(1u); }"],
    ["return countOneBits(state[0]); }\nfn feature", "return countOneBits(state[0]) - 1u; }\nfn feature"],
  ]);
  const { problems } = await check(environment);
  const found = problems.find(({ message }) =>
    /parent_count: it is 2 at state \[3\], but 1 allowed action leads there: action 1 from \[1\]/.test(message),
  );
  expect(found, JSON.stringify(problems, undefined, 1)).toMatchObject({ state: [3] });
});

it("warns of states with equal features", async () => {
  const { problems, warnings } = await check(knapsack([], { features: 3 }));
  expect(problems).toEqual([]);
  expect(warnings[0]).toMatchObject({
    promise: "feature",
    message: expect.stringMatching(/^feature: states \[\d+\] and \[\d+\] have the same features, so the policy cannot tell them apart$/),
    state: [expect.any(Number)],
  });
});

it("counts what it does not tell in full", async () => {
  const { problems } = await check(knapsack([["select(countOneBits(state[0]), 1u, is_terminal(state))", "7u"]]));
  const counts = problems.filter(({ promise }) => promise === "parent_count");
  expect(counts).toHaveLength(4);
  expect(counts[3]!.message).toMatch(/^parent_count: \d+ more like these$/);
});

it("finds mistakes along trajectories where no states are listed", async () => {
  const { problems, notes } = await check(knapsack([["State(state[0] & ~(1u << action))", "state"]], listed));
  expect(problems.find(({ promise }) => promise === "apply/undo")).toMatchObject({
    state: [expect.any(Number)],
    action: expect.any(Number),
  });
  expect(notes.join()).toContain("the states are not listed (it is not listed)");
});

it("throws where the module does not compile, with the line in the file", async () => {
  await expect(check(knapsack([["return select(0.0, 1.0, has(state, k));", "return has(state, k);"]]))).rejects.toMatchObject({
    code: "shader",
    message: expect.stringMatching(/environment\.wgsl:\d+: /),
  });
});

it("gives every byte back", async () => {
  const device = await testDevice();
  await check(knapsack());
  const before = device.statistics.bytesAllocated;
  await check(knapsack());
  expect(device.statistics.bytesAllocated).toBe(before);
});

describe("exact evaluation of a knapsack", () => {
  /** Measures an untrained policy. */
  async function evaluated<T>(environment: Environment, use: (evaluator: ExactEvaluator) => Promise<T>): Promise<T> {
    const device = await testDevice();
    const network = networkOf(environment, [4]);
    const weights = weightsTensor(device, network, [initialWeights(network, 0)]);
    const replicas = new Replicas(device, [{ seed: 0 }]);
    const data = environmentData(device, environment);
    const evaluator = await ExactEvaluator.create({ device, environment, network, weights, data, replicas });
    try {
      return await use(evaluator);
    } finally {
      for (const owned of [evaluator, weights, replicas, data]) owned.dispose();
    }
  }

  it("counts only objects that trajectories reach", async () => {
    const environment = knapsack();
    const [l1, masses] = await evaluated(environment, async (evaluator) => {
      const [distance] = await evaluator.measure();
      return [distance!.l1, await evaluator.probabilities(0)] as const;
    });
    const objects = await enumerateObjects(await testDevice(), environment);
    expect(objects.map(({ object }) => object)).toEqual(FEASIBLE.map((items) => ({ items })));
    for (const { object, logReward } of objects) expect(logReward).toBeCloseTo(logRewardOf((object as { items: number[] }).items), 5);
    const z = FEASIBLE.reduce((sum, items) => sum + Math.exp(logRewardOf(items)), 0);
    const expected = objects.reduce((sum, { index, logReward }) => sum + Math.abs(masses[index]! - Math.exp(logReward) / z), 0);
    expect(l1).toBeCloseTo(expected, 5);
    expect(l1).toBeGreaterThan(0.1);
    expect(masses.reduce((sum, mass, index) => sum + (index >= 16 ? mass : 0), 0)).toBeCloseTo(1, 5);
  });

  it.each([
    ["a wrong exactLogZ", knapsack([], { exactLogZ: available(5) }), /sum to a log Z of 4\.\d+, but exactLogZ is 5\.00000/],
    [
      "a wrong log_reward",
      knapsack([["  return sum;\n}\n\nfn state_at", "  return sum + 0.01;\n}\n\nfn state_at"]]),
      /the rewards of all objects that trajectories reach sum to a log Z of [\d.]+, but exactLogZ is [\d.]+$/,
    ],
  ])("refuses %s at the first evaluation", async (_, environment, message) => {
    await expect(evaluated(environment, (evaluator) => evaluator.measure())).rejects.toMatchObject({
      code: "argument",
      message: expect.stringMatching(message),
      fix: "check log_reward, exactLogZ, and that state_at lists every object",
    });
  });
});
