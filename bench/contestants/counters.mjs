// Counts what a WebGPU program asks of its device, whoever wrote it: Dawn's classes are plain prototypes.
import { globals } from "webgpu";

const MAP_READ = globals.GPUBufferUsage.MAP_READ;

/** Running totals, and the most bytes that lived in buffers at once. */
export const counters = { dispatches: 0, submits: 0, bindGroups: 0, bytesRead: 0, bufferBytes: 0, peakBufferBytes: 0 };

function before(owner, method, note) {
  const original = owner.prototype[method];
  owner.prototype[method] = function (...args) {
    note.call(this, ...args);
    return original.apply(this, args);
  };
}

function release(buffer) {
  counters.bufferBytes -= live.get(buffer) ?? 0;
  live.delete(buffer);
}

/** Sizes of buffers that have not been destroyed. */
const live = new WeakMap();

export function countWebGpu() {
  before(globals.GPUQueue, "submit", () => counters.submits++);
  before(globals.GPUComputePassEncoder, "dispatchWorkgroups", () => counters.dispatches++);
  before(globals.GPUComputePassEncoder, "dispatchWorkgroupsIndirect", () => counters.dispatches++);
  before(globals.GPUDevice, "createBindGroup", () => counters.bindGroups++);
  before(globals.GPUBuffer, "mapAsync", function (_mode, offset = 0, size = this.size - offset) {
    if (this.usage & MAP_READ) counters.bytesRead += size;
  });
  before(globals.GPUBuffer, "destroy", function () {
    release(this);
  });
  const { createBuffer } = globals.GPUDevice.prototype;
  globals.GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    live.set(buffer, descriptor.size);
    counters.bufferBytes += descriptor.size;
    counters.peakBufferBytes = Math.max(counters.peakBufferBytes, counters.bufferBytes);
    return buffer;
  };
}
