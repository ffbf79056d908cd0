import type { Environment } from "@webgfn/envs";
import { type Device, rules, WebgfnError } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import type { Layer, Network } from "./network.js";
import { wholeSubgroups } from "./subgroups.js";

/** The tile shape of a kernel over rows of a policy: rows per workgroup, invocations, and rows per invocation. */
export interface Tiling {
  /** Rows per workgroup. */
  tile: number;
  /** Invocations per workgroup. */
  lanes: number;
  /** Rows per invocation. */
  block: number;
}

/** Shapes of a training step's kernels that differ from the adapter's presets. They change its time, not its results. */
export interface Tilings {
  /** Shape of the kernel that samples trajectories. */
  rollout?: Tiling;
  /** Shape of the policy's backward pass. */
  backward?: Tiling;
}

const anObject = rules.having("an object");
const aSize = rules.whole(1, 1024);

/** The rule for the option `tilings`. Whether a device supports the shapes is checked on the device. */
export const tilingsRule = {
  words: "tile shapes, such as { rollout: { tile: 8, lanes: 64, block: 2 } }",
  accepts: (value: unknown) =>
    anObject.accepts(value) &&
    Object.entries(value as Record<string, Tiling | undefined>).every(
      ([kernel, shape]) =>
        ["rollout", "backward"].includes(kernel) &&
        (shape === undefined || (anObject.accepts(shape) && [shape.tile, shape.lanes, shape.block].every(aSize.accepts))),
    ),
};

/**
 * The shape of a kernel over the rows of a policy: the wanted one, or one chosen by the kind of adapter.
 *
 * Software rasterisers run 8 lanes at a time and pay per load. So few lanes with many rows each are fastest, even more so if the lanes of a
 * subgroup share loads. For GPUs see {@link gpuTiling}.
 *
 * @param rows number of rows of the kernel, over all replicas.
 * @throws WebgfnError `argument` if the wanted shape is invalid, `limit` if it exceeds the adapter's limits.
 */
export function tiling(
  device: Device,
  network: TileSizes,
  environment: StateSize,
  { rows, wanted }: { rows: number; wanted?: Tiling | undefined },
): Tiling {
  if (wanted !== undefined) {
    requireTiling(device, network, environment, wanted);
    return wanted;
  }
  const preferred: Tiling = device.isSoftware
    ? { tile: 16, lanes: 16, block: device.subgroupSize > 0 ? 16 : 8 }
    : gpuTiling(device, network, rows);
  const available = device.limits.maxComputeWorkgroupStorageSize;
  let { tile } = preferred;
  while (tile > 1 && workgroupBytes(tile, network, environment) > available) tile /= 2;
  return { tile, lanes: Math.max(preferred.lanes, tile), block: Math.min(preferred.block, tile) };
}

/** Tile and block on a GPU, up to a number of rows. Each of its hundred processors needs several workgroups before tiles may grow. */
const GPU_TILES: readonly (readonly [rows: number, tile: number, block: number])[] = [
  [512, 1, 1],
  [2048, 2, 2],
  [8192, 4, 2],
  [Number.POSITIVE_INFINITY, 16, 4],
];

/**
 * The shape for a GPU. While there are few rows, a step waits for memory, and small tiles spread it over all processors. Thousands of rows
 * wait for bandwidth: larger tiles use each weight that is loaded more often. There is one lane for each piece of the widest layer, and for
 * single rows one lane for each part of a piece ({@link isSplit}).
 */
function gpuTiling({ limits }: Device, { width4 }: TileSizes, rows: number): Tiling {
  const [, tile, block] = GPU_TILES.find(([most]) => rows <= most) as (typeof GPU_TILES)[number];
  const pieces = (tile / block) * width4;
  const lanes = 2 ** Math.ceil(Math.log2(Math.max(64, tile === 1 ? MOST_PARTS * pieces : pieces)));
  return { tile, lanes: Math.min(lanes, 256, limits.maxComputeInvocationsPerWorkgroup), block };
}

/** Most parts into which GPUs split the sums of a layer. */
const MOST_PARTS = 4;

/** The same as `parts_of` in `shaders/sampler/mlp.wgsl`. */
function partsOf({ in4 }: Pick<Layer, "in4">): number {
  return Math.min(MOST_PARTS, Math.max(1, Math.floor(in4 / 4)));
}

/** The workgroup memory that every adapter of WebGPU has, in bytes. */
const LEAST_WORKGROUP_STORAGE = 16_384;

/**
 * Whether every part of a layer's sums has its own lane: if there are so few rows that each lane takes one. Adding up the parts needs
 * workgroup memory. It does not change results.
 */
export function isSplit(
  device: Device,
  environment: StateSize,
  network: TileSizes & Pick<Network, "layers">,
  { tile, lanes, block }: Tiling,
): boolean {
  const further = network.layers.slice(1);
  if (block > 1 || further.every((layer) => partsOf(layer) === 1)) return false;
  const hasLanes = further.every((layer) => tile * wholeSubgroups(device, layer.out4) * partsOf(layer) <= lanes);
  return hasLanes && workgroupBytes(tile, network, environment) + 16 * lanes * block <= LEAST_WORKGROUP_STORAGE;
}

function requireTiling(device: Device, network: TileSizes, environment: StateSize, { tile, lanes, block }: Tiling): void {
  if (tile % block !== 0 || lanes < tile) {
    throw argumentError(
      `a tile of ${tile} rows with ${lanes} lanes and blocks of ${block} is no tile shape`,
      "block must divide tile, and lanes be at least tile",
    );
  }
  if (device.subgroupSize > 0 && lanes % device.subgroupSize !== 0) {
    throw argumentError(
      `${lanes} lanes are no whole subgroups of ${device.subgroupSize}`,
      "open the device with subgroups: false for them",
    );
  }
  const excess = excessOf(device, network, environment, { tile, lanes });
  if (excess === undefined) return;
  throw new WebgfnError("limit", `a tile of ${tile} rows needs ${excess}`, { fix: "tune on this adapter, or leave the shapes to it" });
}

/** The first limit of the adapter that a shape exceeds, if any. */
function excessOf(
  { limits }: Device,
  network: TileSizes,
  environment: StateSize,
  { tile, lanes }: Pick<Tiling, "tile" | "lanes">,
): string | undefined {
  const { maxComputeInvocationsPerWorkgroup: invocations, maxComputeWorkgroupStorageSize: storage } = limits;
  if (lanes > invocations) return `${lanes} lanes, but this adapter's maxComputeInvocationsPerWorkgroup is ${invocations}`;
  const bytes = workgroupBytes(tile, network, environment);
  if (bytes > storage) return `${bytes} bytes of workgroup memory, but this adapter's maxComputeWorkgroupStorageSize is ${storage}`;
  return undefined;
}

/** Shapes that may be faster than the preset, by kind of adapter: `[tile, lanes, block]`. */
const CANDIDATES = {
  // Only a few: a software driver takes seconds to compile each.
  software: [
    [8, 16, 8],
    [16, 32, 8],
  ],
  gpu: [
    [1, 64, 1],
    [1, 256, 1],
    [2, 64, 2],
    [4, 64, 2],
    [4, 128, 2],
    [8, 64, 4],
    [8, 128, 4],
    [16, 128, 4],
    [16, 256, 4],
  ],
} as const;

/** The shapes worth trying for a policy on a device, with this many rows over all replicas; the preset first. */
export function tilingCandidates(device: Device, network: TileSizes, environment: StateSize, rows: number): Tiling[] {
  const preset = tiling(device, network, environment, { rows });
  const isPreset = (other: Tiling) => other.tile === preset.tile && other.lanes === preset.lanes && other.block === preset.block;
  const others = CANDIDATES[device.isSoftware ? "software" : "gpu"]
    .map(([tile, lanes, block]) => ({ tile, lanes, block }))
    .filter((candidate) => !isPreset(candidate) && excessOf(device, network, environment, candidate) === undefined);
  return [preset, ...others];
}

type StateSize = Pick<Environment, "stateWords">;
type TileSizes = Pick<Network, "width4" | "rowBytes">;

/** Bytes of workgroup memory of a tile: two halves of activations, a state and an address per row, a counter. */
export function workgroupBytes(tile: number, { width4, rowBytes }: TileSizes, { stateWords }: StateSize): number {
  return tile * (2 * 16 * width4 + 4 * stateWords + 4 + rowBytes) + 16;
}

/** @throws WebgfnError `limit` if not even one row of the network fits into workgroup memory. */
export function requireWorkgroupMemory(device: Device, network: TileSizes, environment: StateSize): void {
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
