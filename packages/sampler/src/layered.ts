import act from "@webgfn/shaders/sampler/layered/act.wgsl";
import begin from "@webgfn/shaders/sampler/layered/begin.wgsl";
import dense from "@webgfn/shaders/sampler/layered/dense.wgsl";
import embed from "@webgfn/shaders/sampler/layered/embed.wgsl";
import factors from "@webgfn/shaders/sampler/layered/factors.wgsl";
import frontier from "@webgfn/shaders/sampler/layered/frontier.wgsl";
import layerModule from "@webgfn/shaders/sampler/layered/layer.wgsl";
import type { Device, Kernel, Program, Resource, Tensor } from "@webgfn/tensor";
import { argumentError } from "@webgfn/tensor/internal";
import { environmentDataFor } from "./environment-data.js";
import { backwardProducts, steps, transient } from "./layered-tensors.js";
import { networkConstants } from "./layout.js";
import { environmentConstants, policyModules } from "./modules.js";
import type { Layer, Network } from "./network.js";
import type { LayeredBuffers, RolloutBuffers, RolloutConditions, RolloutShape } from "./rollout-shape.js";
import { type Records, sectionsOf } from "./sections.js";
import { wholeSubgroups } from "./subgroups.js";
import { workgroupBytes } from "./tiling.js";
import { isWide, wideBytes, wideModules } from "./wide.js";

/** The WGSL modules of a layer's product, forward and backward. They replace the corresponding modules of {@link policyModules}. */
export const layeredModules: Readonly<Record<string, string>> = {
  "sampler/layered/layer": layerModule,
  "tensor/factors": factors,
};

/** Invocations of a workgroup. */
const LANES = 64;
/** Trajectories and invocations of a workgroup that takes actions. */
const ACTING = { tile: 16, lanes: 64 };
/** Most workgroups; each loops over further work. */
const MOST_WORKGROUPS = 4096;

function workgroups(items: number, lanes: number): number {
  return Math.max(1, Math.min(MOST_WORKGROUPS, Math.ceil(items / lanes)));
}

/** Rows and vec4s of columns that an invocation of a product computes. Lanes of a subgroup that share loads share their rows. */
function productBlock({ subgroupSize }: Device): { BLOCK: number; COLUMNS: number } {
  return subgroupSize > 0 ? { BLOCK: 16, COLUMNS: 1 } : { BLOCK: 8, COLUMNS: 2 };
}

function productWorkgroups(device: Device, rows: number, out4: number): number {
  const { BLOCK, COLUMNS } = productBlock(device);
  return workgroups(Math.ceil(rows / BLOCK) * wholeSubgroups(device, Math.ceil(out4 / COLUMNS)), LANES);
}

/**
 * Records `begin`, and for every time step the first layer, the further layers and the actions. It does so for each section of the records,
 * or for the whole batch if no records are kept.
 */
export async function recordLayeredRollout(
  program: Program,
  shape: RolloutShape,
  buffers: RolloutBuffers & LayeredBuffers,
  conditions: RolloutConditions,
  { records, transitions }: { records: Records; transitions?: Tensor },
): Promise<void> {
  const { device } = program;
  const { environment, batch, replicas } = shape;
  const network = conditions.record ? shape.network : transient(shape.network);
  const modules = {
    ...(await policyModules(environment, network)),
    ...(await wideModules(network.head)),
    "sampler/layered/act": act,
    "sampler/layered/begin": begin,
    "sampler/layered/dense": dense,
    "sampler/layered/embed": embed,
    "sampler/layered/frontier": frontier,
    ...layeredModules,
  };
  const outputs = network.layers.at(-1) as Layer;
  let { tile } = ACTING;
  // Room for the outputs only; other kernels need two halves.
  const held = { width4: Math.ceil(outputs.out4 / 2), rowBytes: wideBytes(network.head) };
  while (tile > 1 && workgroupBytes(tile, held, environment) > device.limits.maxComputeWorkgroupStorageSize) tile /= 2;
  const sizes = {
    ...environmentConstants(environment),
    ...networkConstants(network),
    ...productBlock(device),
    LANES,
    BATCH: batch,
    SECTION: records.sectionSize,
    TILE: tile,
    TILE_WIDTH4: held.width4,
  };
  const compile = (name: string, constants: Record<string, number | string> = sizes) =>
    // Activations are stored in records even if no backward pass needs them.
    device.kernel({
      root: `sampler/layered/${name}`,
      modules,
      constants,
      conditions: {
        ...conditions,
        graph: !conditions.record,
        sections: records.sectionSize < batch,
        layered: true,
        wide: isWide(network.head),
      },
    });
  const [begins, first, further, choose] = await Promise.all([
    compile("begin"),
    compile("embed"),
    compile("dense"),
    compile("act", { ...sizes, LANES: ACTING.lanes }),
  ]);
  const { weights, data, trajectories, objects, actions, frontier: list, times, layers } = buffers;
  const [firstLayer] = network.layers as [Layer];
  const chosen = { trajectories, actions, replicas: buffers.replicas.tensor, ...(transitions && { transitions }) };
  const embedded = firstLayer.out4 + (conditions.record ? firstLayer.in4 : 0);
  for (const { first: start, end, resources } of sectionsOf(records, batch)) {
    const count = end - start;
    const lists = { frontier: list, objects, ...resources };
    const add = (kernel: Kernel, bound: Record<string, Resource>, items: number) =>
      program.add(kernel, kernel.pick({ ...bound, ...environmentDataFor(kernel, data) }), [items, replicas]);
    add(begins, { ...lists, trajectories }, Math.ceil(Math.max(count, environment.horizon + 2) / LANES));
    for (let time = 0; time < steps(shape); time++) {
      const now = { ...lists, weights, moment: times.at(time) };
      add(first, now, workgroups(count * embedded, LANES));
      network.layers.slice(1).forEach(({ out4 }, index) => {
        add(further, { ...now, layer: layers.at(index) }, productWorkgroups(device, count, out4));
      });
      add(choose, { ...now, ...chosen }, workgroups(count, tile));
    }
  }
}

/**
 * The plan of a layered backward pass over `rows` records: its products from the last layer down to the second, with their workgroups; the
 * constants of product.wgsl; and the workgroups of kernels with one invocation per output.
 */
export function layeredProducts(
  device: Device,
  network: Network,
  { layers }: Partial<LayeredBuffers>,
  rows: number,
): { products: { layer: Resource; workgroups: number }[]; constants: Record<string, number>; workgroups: number } {
  if (layers === undefined) throw argumentError("these buffers were made for the fused path");
  const first = network.layers.length - 1;
  const products = backwardProducts(network).map(([, out4 = 0], index) => ({
    layer: layers.at(first + index),
    workgroups: productWorkgroups(device, rows, out4),
  }));
  return {
    products,
    constants: { ...productBlock(device), LANES },
    workgroups: workgroups(rows * (network.layers.at(-1) as Layer).out4, LANES),
  };
}
