import type { Device } from "@webgfn/tensor";

/** How a kernel over rows of a policy is cut: rows per workgroup, invocations, and rows per invocation. */
export interface Tiling {
  tile: number;
  lanes: number;
  block: number;
}

/**
 * Tile shapes by kind of adapter.
 *
 * Software rasterisers run 8 lanes at a time and pay per load: few lanes with many rows each win. GPUs need many
 * workgroups in flight: small tiles, so that even a small batch spreads over all of its processors.
 */
export function tiling(device: Device, width4: number): Tiling {
  const preferred: Tiling = device.isSoftware ? { tile: 16, lanes: 16, block: 8 } : { tile: 4, lanes: 64, block: 2 };
  // Two halves of activations, beside states and bookkeeping, must fit into workgroup memory.
  const available = device.limits.maxComputeWorkgroupStorageSize - 2048;
  let { tile } = preferred;
  while (tile > 1 && 2 * tile * width4 * 16 > available) tile /= 2;
  return { tile, lanes: Math.max(preferred.lanes, tile), block: Math.min(preferred.block, tile) };
}

/** Bytes of workgroup memory that two halves of activations take. */
export function activationBytes({ tile }: Tiling, width4: number): number {
  return 2 * tile * width4 * 16;
}
