// choice[row] = the first allowed i with Σ_{allowed j ≤ i} w[j] ≥ u · Σ_{allowed j} w[j], w = exp(log_weights[row] − max),
// u uniform in (0, 1): sampling by inverse cumulative distribution. Forbidden is what lies below −5e29.
// log_weights [rows, n] f32, need not be normalised; counter [1] u32, the number of draws made so far; choice [rows] u32.
// u comes from Philox with key = seed and counter = (draw, row, 1, stream); the 1 keeps it apart from the host's streams.
import package::tensor::dispatch::flat_workgroup;
import package::tensor::masked::MASKED_BELOW;
import package::tensor::random::{philox, uniform01};
import package::tensor::reduction::exp_nonpositive;

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
  var largest = MASKED_BELOW;
  for (var i = 0u; i < sizes.n; i++) { largest = max(largest, log_weights[start + i]); }
  var total = 0.0;
  for (var i = 0u; i < sizes.n; i++) { total += weight(log_weights[start + i], largest); }
  let words = philox(vec2u(sizes.seed_low, sizes.seed_high), vec4u(counter[0], row, 1u, sizes.stream));
  let threshold = uniform01(words.x) * total;
  // The last one with any weight stands if rounding keeps the sum below the threshold.
  var chosen = NOTHING;
  var sum = 0.0;
  for (var i = 0u; i < sizes.n; i++) {
    let w = weight(log_weights[start + i], largest);
    if (w > 0.0 && (sum < threshold || chosen == NOTHING)) { chosen = i; }
    sum += w;
  }
  choice[row] = chosen;
}

fn weight(log_weight: f32, largest: f32) -> f32 {
  return select(0.0, exp_nonpositive(log_weight - largest), log_weight > MASKED_BELOW);
}
