// counter[0] += by: one tick of a counter that kernels read, such as steps taken or draws made. counter [1] u32.
struct Step { by: u32 }

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read_write> counter: array<u32>;

@compute @workgroup_size(1)
fn advance() {
  counter[0] += step.by;
}
