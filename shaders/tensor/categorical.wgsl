// choice[row] = i with probability w[i] / Σ w, w = masked_exponentials(log_weights[row]); see choice.wgsl, masked.wgsl.
// log_weights [rows, n] f32, need not be normalised; counter [1] u32, the number of draws made so far; choice [rows] u32.
// The uniform comes from Philox with key = seed and counter = (draw, row, 1, stream); the 1 keeps it apart from the host's streams.
import package::tensor::choice::{Choice, consider};
import package::tensor::dispatch::flat_workgroup;
import package::tensor::finite::{is_nan, is_positive_infinity};
import package::tensor::masked::{MASKED_BELOW, masked_exponentials};
import package::tensor::random::{philox, uniform01};

struct Sizes { rows: u32, n: u32, stream: u32, seed_low: u32, seed_high: u32 }

const NOTHING = 0xffffffffu;

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> log_weights: array<f32>;
@group(0) @binding(2) var<storage, read> counter: array<u32>;
@group(0) @binding(3) var<storage, read_write> choice: array<u32>;

@compute @workgroup_size(64)
fn categorical(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = flat_workgroup(workgroup, workgroups) * 64u + local;
  if (row >= sizes.rows) { return; }
  let start = row * sizes.n;
  var highest = MASKED_BELOW;
  for (var i = 0u; i < sizes.n; i++) { highest = max(highest, log_weights[start + i]); }
  var total = 0.0;
  var sound = true;
  for (var i = 0u; i < sizes.n; i++) {
    total += weight(start + i, highest);
    sound = sound && !is_nan(log_weights[start + i]) && !is_positive_infinity(log_weights[start + i]);
  }
  let words = philox(vec2u(sizes.seed_low, sizes.seed_high), vec4u(counter[0], row, 1u, sizes.stream));
  var chosen = Choice(uniform01(words.x) * total, 0.0, NOTHING, false);
  for (var i = 0u; i < sizes.n; i++) { chosen = consider(chosen, weight(start + i, highest), i); }
  choice[row] = select(NOTHING, chosen.index, sound);
}

fn weight(index: u32, highest: f32) -> f32 {
  return masked_exponentials(vec4f(log_weights[index]), highest).x;
}
