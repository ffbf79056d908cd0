/** A program that knows WebGPU's types gets them from the runtime, too. It is compiled, not run. */
import { type Device, type Kernel, openDevice, Program } from "@webgfn/tensor";

export async function exchange(kernel: Kernel): Promise<void> {
  using device: Device = await openDevice({ gpu: navigator.gpu });
  const gpu: GPUDevice = device.gpu;
  const buffer: GPUBuffer = device.tensor([3]).buffer;
  const range: GPUBufferBinding = device.tensor([3]).at(0);
  const pipeline: GPUComputePipeline = kernel.pipeline;
  const groups: GPUBindGroup[] = kernel.bind({ buffer, range, part: { buffer, offset: 256 } });
  new Program(device, "exchange").add(kernel, { buffer, range }, [groups.length, pipeline.label.length]);
  device.submit([gpu.createCommandEncoder().finish()]);
  // @ts-expect-error a number is no resource
  kernel.bind({ buffer: 3 });
  // @ts-expect-error nor is the device one
  kernel.bind({ buffer: gpu });
}
