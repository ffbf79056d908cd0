import type { Environment } from "@webgfn/envs";
import { type Device, WebgfnError } from "@webgfn/tensor";
import type { Network } from "./layout.js";

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
export function tiling(device: Device, network: TileSizes, environment: Pick<Environment, "stateWords">): Tiling {
  const preferred: Tiling = device.isSoftware ? { tile: 16, lanes: 16, block: 8 } : { tile: 4, lanes: 64, block: 2 };
  const available = device.limits.maxComputeWorkgroupStorageSize;
  let { tile } = preferred;
  while (tile > 1 && workgroupBytes(tile, network, environment) > available) tile /= 2;
  return { tile, lanes: Math.max(preferred.lanes, tile), block: Math.min(preferred.block, tile) };
}

type TileSizes = Pick<Network, "width4" | "rowBytes">;

/** Bytes of workgroup memory that a tile takes: two halves of activations, a state and an address per row, a counter. */
export function workgroupBytes(tile: number, { width4, rowBytes }: TileSizes, { stateWords }: Pick<Environment, "stateWords">): number {
  return tile * (2 * 16 * width4 + 4 * stateWords + 4 + rowBytes) + 16;
}

/** @throws WebgfnError `limit` when not even a single row of the network fits into workgroup memory. */
export function requireWorkgroupMemory(device: Device, network: TileSizes, environment: Pick<Environment, "stateWords">): void {
  const limit = device.limits.maxComputeWorkgroupStorageSize;
  const bytes = workgroupBytes(1, network, environment);
  if (bytes <= limit) return;
  const widest = 4 * Math.floor((limit - workgroupBytes(1, { ...network, width4: 0 }, environment)) / 32);
  throw new WebgfnError(
    "limit",
    `a layer of ${4 * network.width4} units needs ${bytes} bytes of workgroup memory, but this adapter's maxComputeWorkgroupStorageSize is ${limit}`,
    { fix: `use hidden layers of at most ${Math.max(0, widest)} units, or an environment with fewer actions` },
  );
}
