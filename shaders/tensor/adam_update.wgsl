// One update by Adam (adam.wgsl), with the polynomial decay of its rate.
// parameters, gradients, first, second [size] (padded to whole vec4f, as buffers are); steps [1] u32, updates made before.
import package::tensor::adam::{Betas, Moments, bias_corrections, decayed_rate, parameter_change, updated_moments};
import package::tensor::dispatch::flat_workgroup;

struct Settings {
  betas: Betas,
  @align(16) learning_rate: f32,
  epsilon: f32,
  decay_power: f32,
  decay_steps: f32, // 0: none
  size4: u32,       // vec4f's
}

@group(0) @binding(0) var<uniform> settings: Settings;
@group(0) @binding(1) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(2) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> first: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> second: array<vec4f>;
@group(0) @binding(5) var<storage, read> steps: array<u32>;

@compute @workgroup_size(64)
fn adam_update(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = flat_workgroup(workgroup, workgroups) * 64u + local;
  if (index >= settings.size4) { return; }
  let step = steps[0];
  var rate = settings.learning_rate;
  if (settings.decay_steps > 0.0) { rate = decayed_rate(rate, settings.decay_power, step, settings.decay_steps); }
  let moments = updated_moments(Moments(first[index], second[index]), gradients[index], settings.betas);
  first[index] = moments.first;
  second[index] = moments.second;
  parameters[index] -= parameter_change(moments, rate, bias_corrections(step, settings.betas), settings.epsilon);
}
