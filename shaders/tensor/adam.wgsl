// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², p ← p − η(t) / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε), with t the updates
// made including this one, and η(t) = η · (1 − (t − 1) / decay_steps)^decay_power, 0 from decay_steps on.
// Kingma and Ba, "Adam", ICLR 2015, algorithm 1, in PyTorch's order of operations.
// parameters, gradients, first, second [size] (padded to whole vec4f, as buffers are); steps [1] u32, updates made before.
import package::tensor::dispatch::flat_workgroup;

struct Settings {
  size4: u32, // vec4f's
  learning_rate: f32,
  beta1: f32,
  beta2: f32,
  // 1 − β and log β of the two, from float64: in float32 the subtraction loses three of β₂'s digits.
  rest1: f32,
  rest2: f32,
  log_beta1: f32,
  log_beta2: f32,
  epsilon: f32,
  decay_power: f32,
  decay_steps: u32, // 0: none
}

@group(0) @binding(0) var<uniform> settings: Settings;
@group(0) @binding(1) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(2) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> first: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> second: array<vec4f>;
@group(0) @binding(5) var<storage, read> steps: array<u32>;

// 1 − exp(−x) for x ≥ 0, by its series where the subtraction would cancel.
fn one_minus_exp(x: f32) -> f32 {
  if (x > 0.5) { return 1.0 - exp(-min(x, 87.0)); }
  return x * (1.0 - x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0 * (1.0 - x / 6.0 * (1.0 - x / 7.0 * (1.0 - x / 8.0)))))));
}

fn rate(done: u32) -> f32 {
  if (settings.decay_steps == 0u) { return settings.learning_rate; }
  if (done >= settings.decay_steps) { return 0.0; }
  let left = f32(settings.decay_steps - done) / f32(settings.decay_steps);
  return settings.learning_rate * pow(left, settings.decay_power);
}

@compute @workgroup_size(64)
fn adam(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = flat_workgroup(workgroup, workgroups) * 64u + local;
  if (index >= settings.size4) { return; }
  let done = steps[0];
  let t = f32(done) + 1.0;
  let step = rate(done) / one_minus_exp(-settings.log_beta1 * t);
  let root_correction = sqrt(one_minus_exp(-settings.log_beta2 * t));
  let g = gradients[index];
  let m = settings.beta1 * first[index] + settings.rest1 * g;
  let v = settings.beta2 * second[index] + settings.rest2 * g * g;
  first[index] = m;
  second[index] = v;
  parameters[index] -= step * m / (sqrt(v) / root_correction + settings.epsilon);
}
