/** The main API of every package, in a program that has neither Node's types nor a browser's. It is compiled, not run. */
import { defineEnvironment, type Environment, hypergrid, sets } from "@webgfn/envs";
import { defineObjective, type Objective, renyi, trajectoryBalance } from "@webgfn/objectives";
import { decodeCheckpoint, encodeCheckpoint, gin, loadSampler, mlp, type Policy, Sampler, samplingCheckpoint } from "@webgfn/sampler";
import { defineSamplerElement, type SamplerElement } from "@webgfn/sampler/element";
import random from "@webgfn/shaders/tensor/random.wgsl";
import { adam, type Device, matmul, openDevice, Program, RandomStream, type Tensor, WebgfnError } from "@webgfn/tensor";
import { dawn } from "@webgfn/tensor/node";
import { checkpoint, fullEvaluation, gradientVariance, restoreCheckpoint, Trainer, type TrainerOptions } from "@webgfn/trainer";
import { type Configuration, completeConfiguration, trainerOptions, loadSampler as webgfnSampler } from "webgfn";
import { sets as bundledSets } from "webgfn/browser";

export async function tensors(): Promise<Float32Array> {
  using device: Device = await openDevice({ gpu: await dawn() });
  const x: Tensor = device.tensorFrom(Float32Array.of(1, 2), [1, 2]);
  const kernel = await device.kernel({ root: "noise", modules: { noise: "", "tensor/random": random }, constants: { SEED: 1 } });
  const program = new Program(device, "product").add(kernel, { x, whole: { buffer: x.buffer } }, [1]);
  const y = await matmul(program, { a: x, b: device.tensor([2, 1]) });
  await adam(program, { parameters: x, gradients: y }, { learningRate: 1e-3 });
  await program.run(10);
  const most: number = device.limits.maxBufferSize;
  return Float32Array.of(most, new RandomStream(7).normal(), ...(await y.read()));
}

const environments: Environment[] = [
  hypergrid({ dimensions: 2, side: 8 }),
  bundledSets({ items: 4, size: 2 }),
  defineEnvironment({
    name: "coin",
    shader: "",
    actions: 2,
    horizon: 1,
    stateWords: 1,
    features: 1,
    decode: (state) => ({ heads: state[0] === 1 }),
  }),
];
const objectives: Objective[] = [renyi({ alpha: 0.5 }), trajectoryBalance(), defineObjective({ name: "own", wgsl: "" })];
const policies: Policy[] = [mlp({ hidden: [16] }), gin()];

export async function training(device: Device, signal?: NonNullable<Parameters<Trainer["run"]>[0]>["signal"]): Promise<Uint8Array> {
  const [environment, objective, policy] = [environments[0]!, objectives[0]!, policies[0]!];
  const options: TrainerOptions = { environment, policy, objective, batchSize: 16, steps: 10, replicas: 2 };
  using trainer = await Trainer.create(device, options);
  for await (const { step, l1, replicas } of trainer.run({ evaluateEvery: 5, ...(signal && { signal }) })) {
    if (step > 0 && (l1 ?? 0) > 1) throw new WebgfnError("numbers", `log Z is ${replicas[0]?.logZ}`, { fix: "go on" });
  }
  await fullEvaluation(trainer);
  await gradientVariance(device, { environment, objectives, estimators: ["loo"], batchSizes: [16] });
  const bytes = encodeCheckpoint(await checkpoint(trainer, { environment: environment.name }));
  await restoreCheckpoint(trainer, decodeCheckpoint(bytes, "own.safetensors"));
  return bytes;
}

export async function sampling(device: Device, bytes: Uint8Array): Promise<number> {
  const small = encodeCheckpoint(samplingCheckpoint(decodeCheckpoint(bytes), { replica: 0 }));
  const onProgress = ({ received, total = Number.NaN }: { received: number; total: number | undefined }) => received / total;
  using sampler = await loadSampler(small, { environments: { sets }, device, onProgress });
  using other: Sampler = await webgfnSampler("checkpoint.safetensors");
  const [weights = []] = await (await Trainer.create(device, ownOptions)).weights();
  using made = await Sampler.create(device, { environment: sets({ items: 4, size: 2 }), policy: mlp({ hidden: [16] }), weights });
  let best = 0;
  for (const each of [sampler, other, made]) for (const { logReward } of await each.sample(3)) best = Math.max(best, logReward);
  return best;
}

defineSamplerElement({ environments: { sets } });
export const take = (element: SamplerElement) => element.sample(3);

const configuration: Configuration = completeConfiguration({ environment: "sets", objective: "renyi", steps: 10 });
const ownOptions: TrainerOptions = trainerOptions(configuration);
