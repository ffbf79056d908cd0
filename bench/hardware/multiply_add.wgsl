// As many fused multiply-adds as the adapter can do: 16 independent chains of vec4s per invocation, nothing from memory.
//   x ← a·x + b,  converging to b/(1 − a), so that nothing overflows.

import constants::LANES;

@group(0) @binding(0) var<storage, read> rounds: array<u32>;         // [1]: a number no compiler knows
@group(0) @binding(1) var<storage, read_write> results: array<vec4f>; // [invocations]

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = vec4f(0.999);
  let b = vec4f(f32(id.x) * 1e-6);
  var x: array<vec4f, 16>;
  for (var i = 0u; i < 16u; i++) {
    x[i] = vec4f(f32(i));
  }
  for (var round = 0u; round < rounds[0]; round++) {
    for (var i = 0u; i < 16u; i++) {
      x[i] = fma(a, x[i], b);
    }
  }
  var sum = vec4f();
  for (var i = 0u; i < 16u; i++) {
    sum += x[i];
  }
  results[id.x] = sum;
}
