/** An implementation of WebGPU that accepts everything and computes nothing: all it reads back is zero. */
export function idleGpu({ software, subgroups }: { software: boolean; subgroups: number }): GPU {
  const limits = {
    maxBufferSize: 2 ** 31,
    maxStorageBufferBindingSize: 2 ** 30,
    maxComputeWorkgroupStorageSize: 32_768,
    maxComputeInvocationsPerWorkgroup: 1024,
    maxComputeWorkgroupSizeX: 1024,
    maxComputeWorkgroupsPerDimension: 65_535,
    maxStorageBuffersPerShaderStage: 16,
    minStorageBufferOffsetAlignment: 256,
    minUniformBufferOffsetAlignment: 256,
  };
  const device = {
    limits,
    features: new Set(subgroups > 0 ? ["subgroups"] : []),
    lost: new Promise(() => {}),
    queue: anything({ onSubmittedWorkDone: async () => {} }),
    popErrorScope: async () => null,
    createComputePipelineAsync: async () => anything(),
    createBuffer: ({ label = "", size, usage }: GPUBufferDescriptor) =>
      anything({ label, size, usage, mapAsync: async () => {}, getMappedRange: (_: number, bytes = size) => new ArrayBuffer(bytes) }),
  };
  const description = software ? "llvmpipe" : "a card";
  const info = { description, vendor: "", architecture: "", device: "", subgroupMinSize: subgroups, subgroupMaxSize: subgroups };
  const adapter = { info, limits, features: device.features, requestDevice: async () => anything(device) };
  return { requestAdapter: async () => adapter } as unknown as GPU;
}

/** An object whose other members are functions that return such objects. */
function anything(members: object = {}): object {
  return new Proxy(members, {
    get: (target, key) => (key in target ? Reflect.get(target, key) : key === "then" ? undefined : () => anything()),
  });
}
