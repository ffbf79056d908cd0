import { BufferUsage } from "../constants.js";
import type { Device } from "../device.js";
import { argumentError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import type { GpuBuffer } from "../webgpu.js";

/**
 * A dispatch of `count` workgroups: along x, and folded into rows along y if they exceed one dimension of the adapter. WGSL's
 * `flat_workgroup` numbers them; the last row may exceed `count`.
 */
export function workgroups(device: Device, count: number): [number, number] {
  const x = Math.min(count, device.limits.maxComputeWorkgroupsPerDimension);
  return [x, Math.ceil(count / x)];
}

/** A value of a kernel's uniform `struct`, in order. */
export type Word = { u32: number } | { f32: number };

const uniformBuffers = new WeakMap<Device, Map<string, GpuBuffer>>();

/** A uniform buffer with these words. It is never written again, so equal ones share one buffer, which lives as long as the device. */
export function uniforms(device: Device, words: readonly Word[]): GpuBuffer {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, index) => {
    if ("u32" in word) view.setUint32(index * 4, word.u32, true);
    else view.setFloat32(index * 4, word.f32, true);
  });
  const key = new Uint32Array(view.buffer).join(" ");
  const buffers = remember(uniformBuffers, device, () => new Map<string, GpuBuffer>());
  return remember(buffers, key, () => {
    const buffer = device.createBuffer("uniforms", view.byteLength, BufferUsage.UNIFORM | BufferUsage.COPY_DST);
    device.writeBuffer(buffer, 0, view);
    return buffer;
  });
}

const scratchTensors = new WeakMap<Device, Map<string, Tensor>>();

/**
 * Scratch memory that one dispatch of an operation writes for the next. Successive operations share it, rounded up to a power of two, so a
 * thousand of them need no more than the largest; it lives as long as the device. So an operation must add all its dispatches without
 * awaiting anything in between.
 *
 * @param slot number of the scratch memory, if an operation needs several.
 */
export function scratch(device: Device, words: number, slot = 0): Tensor {
  const limit = Math.floor(device.limits.maxStorageBufferBindingSize / 4);
  const size = Math.max(words, Math.min(limit, 2 ** Math.ceil(Math.log2(Math.max(4, words)))));
  const tensors = remember(scratchTensors, device, () => new Map<string, Tensor>());
  return remember(tensors, `${slot} ${size}`, () => device.tensor([size], { label: `scratch ${slot}` }));
}

function remember<K, V>(map: { get(key: K): V | undefined; set(key: K, value: V): unknown }, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** Rejects element counts that the kernels' 32-bit indices cannot address. */
export function checkIndexable(operation: string, count: number): void {
  if (count > 2 ** 32 - 2 ** 16) throw argumentError(`${operation}: ${count} elements are more than a 32-bit index can address`);
}
