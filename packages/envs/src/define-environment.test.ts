import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { argumentError } from "@webgfn/tensor/internal";
import { describe, expect, it } from "vitest";
import { available } from "./capability.js";
import { defineEnvironment, type EnvironmentDescription } from "./define-environment.js";
import { environmentNames, makeEnvironment } from "./index.js";
import { RESERVED_CONSTANTS } from "./reserved-constants.js";

/** Counts to 3. */
const shader = `
import constants::STATE_WORDS;
alias State = array<u32, STATE_WORDS>;
fn initial_state() -> State { return State(); }
fn is_terminal(state: State) -> bool { return state[0] == 3u; }
fn is_allowed(state: State, action: u32) -> bool { return true; }
fn apply(state: State, action: u32) -> State { return State(state[0] + 1u); }
fn is_undoable(state: State, action: u32) -> bool { return state[0] > 0u; }
fn undo(state: State, action: u32) -> State { return State(state[0] - 1u); }
fn parent_count(state: State) -> u32 { return 1u; }
fn level(state: State) -> u32 { return state[0]; }
fn log_reward(state: State) -> f32 { return 0.0; }
fn feature(state: State, k: u32) -> f32 { return 1.0; }
fn next_feature(state: State, start: u32) -> u32 { return start; }
`;
const counting = { name: "counting", shader, stateWords: 1, actions: 1, horizon: 3, features: 1 } satisfies EnvironmentDescription;

describe("defineEnvironment", () => {
  it("has a default for everything but the name, the module and the sizes", () => {
    const made = defineEnvironment(counting);
    expect(made).toMatchObject({
      ...counting,
      title: "counting",
      parameters: {},
      constants: {},
      featureOrder: "",
      data: new Float32Array(0),
    });
    expect(made.decode(Uint32Array.of(3))).toEqual({ words: [3] });
    for (const capability of ["enumeration", "exactLogZ", "exactSampling"] as const) {
      expect(made[capability]).toEqual({ available: false, reason: expect.stringMatching(/^counting /) });
    }
  });

  it("keeps what it is given", () => {
    const given = { ...counting, title: "counting to 3", exactLogZ: available(0), decode: () => ({ count: 3 }) };
    expect(defineEnvironment(given)).toMatchObject(given);
  });

  it.each(environmentNames)("finds nothing missing in %s", (name) => {
    const made = makeEnvironment(name);
    expect(defineEnvironment(made)).toEqual(made);
  });

  it("does not mind how the module is laid out", () => {
    expect(() =>
      defineEnvironment({ ...counting, shader: shader.replaceAll("fn ", "fn\n  ").replaceAll("(state", " (state") }),
    ).not.toThrow();
  });

  it.each<[string, Partial<EnvironmentDescription>, string]>([
    ["a function", { shader: shader.replace("fn parent_count", "fn parents") }, "fn parent_count(state: State) -> u32"],
    [
      "a function that is commented out",
      { shader: shader.replace("fn undo", "// fn undo") },
      "fn undo(state: State, action: u32) -> State",
    ],
    ["one in a longer comment", { shader: shader.replace(/fn level.*/, "/*\n$&\n*/") }, "fn level(state: State) -> u32"],
    [
      "one whose name only begins alike",
      { shader: shader.replace("fn feature(", "fn features(") },
      "fn feature(state: State, k: u32) -> f32",
    ],
    ["the state", { shader: shader.replace("alias State", "alias Count") }, "alias State = array<u32, STATE_WORDS>"],
    ["enumeration", { enumeration: available(4) }, "fn state_at(index: u32) -> State; fn state_index(state: State) -> u32"],
    ["exploration", { actionSpace: "continuous", actions: 0 }, "fn exploration_range(state: State) -> vec2f"],
    ["data", { data: Float32Array.of(1) }, "@group(1) @binding(0) var<storage, read> environment_data: array<f32>"],
  ])("names what the module lacks: %s", (_, change, lacks) => {
    expect(() => defineEnvironment({ ...counting, ...change })).toThrow(argumentError(`the WGSL module of counting lacks ${lacks}`));
  });

  it.each<[Partial<EnvironmentDescription>, string]>([
    [{ actions: 0 }, "counting's actions must be a whole number from 1 to 1048576, not 0"],
    [{ stop: 1 }, "counting's stop must be a whole number from 0 to 0, not 1"],
    [{ horizon: 2.5 }, "counting's horizon must be a whole number from 1 to 1048576, not 2.5"],
    [{ features: Number.NaN }, "counting's features must be a whole number from 1 to 1048576, not NaN"],
    [{ stateWords: undefined as unknown as number }, "counting's stateWords must be a whole number from 1 to 1048576, not undefined"],
    [{ shader: undefined as unknown as string }, "counting's shader must be the text of a WGSL module, not undefined"],
  ])("refuses %o", (change, message) => {
    expect(() => defineEnvironment({ ...counting, ...change })).toThrow(argumentError(message));
  });

  it("refuses constants by the names that kernels import, all of which are known", () => {
    expect(() => defineEnvironment({ ...counting, constants: { GOAL: 3 } })).not.toThrow();
    expect(() => defineEnvironment({ ...counting, constants: { BATCH: 3 } })).toThrow("counting's constant BATCH has the name of a size");
    const shaders = fileURLToPath(new URL("../../../shaders/", import.meta.url));
    const kernels = readdirSync(shaders, { recursive: true, encoding: "utf8" }).filter((path) =>
      /^(?!envs|dist|node_modules|tensor).*\.wgsl$/.test(path),
    );
    const imported = kernels.flatMap((path) =>
      [...readFileSync(shaders + path, "utf8").matchAll(/import constants::(?:\{([^}]*)\}|(\w+))/g)].flatMap(([, list, one]) =>
        (list ?? one ?? "").split(",").map((text) => text.trim()),
      ),
    );
    // The first of these is for policies of users' own, the others for rewards.
    const elsewhere = ["EXTRA_OFFSET", "REWARD_SLOTS", "REWARD_START"];
    expect([...RESERVED_CONSTANTS]).toEqual([...new Set([...imported, ...elsewhere])].sort());
  });
});
