/** Draws by cumulative sums: that rounding never chooses what has no chance, and that NaN and overflow are not hidden by comparisons. */

import { mulberry32 } from "@webgfn/reference";
import categoricalHead from "@webgfn/shaders/sampler/categorical.wgsl";
import replica from "@webgfn/shaders/sampler/replica.wgsl";
import choice from "@webgfn/shaders/tensor/choice.wgsl";
import finite from "@webgfn/shaders/tensor/finite.wgsl";
import masked from "@webgfn/shaders/tensor/masked.wgsl";
import random from "@webgfn/shaders/tensor/random.wgsl";
import { Program } from "@webgfn/tensor";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";

/** As many actions as the largest environment of the review had. */
const ACTIONS = 2016;
/** The largest uniform numbers, of which rounding may make u Σ larger than the sum. */
const DRAWS = 4096;

/** Probabilities with one action of e^-60 at the end, and one in the middle. */
function logits(seed: number): Float32Array {
  const uniform = mulberry32(seed);
  const values = Float32Array.from({ length: ACTIONS }, () => 4 * uniform() - 2);
  values[ACTIONS - 1] = -60;
  values[ACTIONS / 2] = -60;
  return values;
}

const CHOICE = `
import constants::{ACTIONS, DRAWS};
import package::tensor::choice::{Choice, consider};
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> chosen: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= DRAWS) { return; }
  var total = 0.0;
  for (var i = 0u; i < ACTIONS; i++) { total += exp(logits[i]); }
  let u = (f32(16777215u - id.x) + 0.5) / 16777216.0;
  var choice = Choice(u * total, 0.0, ACTIONS, false);
  for (var i = 0u; i < ACTIONS; i++) { choice = consider(choice, exp(logits[i]), i); }
  chosen[id.x] = choice.index;
}
`;

/** The head of policies over actions, with logits in the place of a network's outputs. */
const HEAD = `
import constants::{ACTIONS, DRAWS};
import package::environment::State;
import package::head::{log_probability, prepare, sample};
import package::sampler::dense::activations;
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> chosen: array<u32>;
@group(0) @binding(2) var<storage, read_write> log_probabilities: array<f32>;
@group(0) @binding(3) var<uniform> nothing: vec4u;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= DRAWS) { return; }
  for (var i = 0u; i < ACTIONS; i++) { activations[i / 4u][i % 4u] = logits[i]; }
  let distribution = prepare(State(), 0u, 0u, (ACTIONS + 3u) / 4u, false, nothing.x);
  // Philox's words give uniforms by their upper 24 bits.
  let action = sample(distribution, vec4u((16777215u - id.x) << 8u, 0u, 0u, 0u), nothing.x);
  chosen[id.x] = action;
  log_probabilities[id.x] = log_probability(distribution, 0u);
}
`;

const ENVIRONMENT = `
alias State = array<u32, 1>;
fn is_allowed(state: State, action: u32) -> bool { return action % 7u != 3u; }
fn is_undoable(state: State, action: u32) -> bool { return false; }
`;

async function headOf(values: Float32Array, draws: number) {
  const device = await testDevice();
  const kernel = await device.kernel({
    root: "main",
    modules: {
      main: HEAD,
      environment: ENVIRONMENT,
      head: categoricalHead,
      "sampler/dense": `var<private> activations: array<vec4f, ${Math.ceil(ACTIONS / 4)}>;\n`,
      "sampler/replica": replica,
      "tensor/choice": choice,
      "tensor/finite": finite,
      "tensor/masked": masked,
      "tensor/random": random,
    },
    constants: { ACTIONS: values.length, DRAWS: draws },
  });
  const tensors = {
    logits: device.tensorFrom(values),
    chosen: device.tensor([draws], { dtype: "u32" }),
    log_probabilities: device.tensor([draws]),
    nothing: device.tensor([4], { dtype: "u32" }),
  };
  await new Program(device, "head").add(kernel, tensors, [draws]).run();
  const [chosen, logProbabilities] = [await tensors.chosen.read(), await tensors.log_probabilities.read()];
  for (const tensor of Object.values(tensors)) tensor.dispose();
  return { chosen: [...chosen], logProbabilities: [...logProbabilities] };
}

describe("a draw by cumulative sums", () => {
  it.each([1, 2, 3, 4])("never chooses an action of probability e^-60: weights in turn, seed %i", async (seed) => {
    const device = await testDevice();
    const kernel = await device.kernel({
      root: "main",
      modules: { main: CHOICE, "tensor/choice": choice },
      constants: { ACTIONS, DRAWS },
    });
    const values = device.tensorFrom(logits(seed));
    const chosen = device.tensor([DRAWS], { dtype: "u32" });
    await new Program(device, "choice").add(kernel, { logits: values, chosen }, [DRAWS / 64]).run();
    const found = [...(await chosen.read())];
    expect(found.filter((action) => action === ACTIONS - 1 || action === ACTIONS / 2 || action === ACTIONS)).toEqual([]);
    for (const tensor of [values, chosen]) tensor.dispose();
  });

  it("never chooses an action of probability e^-60, or one that is not allowed: the head", async () => {
    const { chosen } = await headOf(logits(5), 64);
    expect(chosen.filter((action) => action === ACTIONS - 1 || action === ACTIONS / 2 || action % 7 === 3)).toEqual([]);
  });
});

describe("a logit that is not finite", () => {
  it.each([
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["minus infinity", Number.NEGATIVE_INFINITY],
    ["beyond what masks leave", -6e29],
  ])("makes every log probability infinite: %s", async (_, value) => {
    const values = Float32Array.of(0.5, 1, -1, 0, 2, 0.25, 0, 0);
    const sound = await headOf(values, 1);
    expect(Number.isFinite(sound.logProbabilities[0])).toBe(true);
    values[4] = value;
    const broken = await headOf(values, 1);
    expect(Number.isFinite(broken.logProbabilities[0])).toBe(false);
  });

  it("is nothing to an action that is not allowed", async () => {
    const { logProbabilities } = await headOf(Float32Array.of(0.5, 1, -1, Number.NaN, 2), 1);
    expect(Number.isFinite(logProbabilities[0])).toBe(true);
  });
});
