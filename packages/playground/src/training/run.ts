import type { Environment } from "@webgfn/envs";
import { type Configuration, completeConfiguration, trainerOptions } from "@webgfn/runs";
import type { Checkpoint, LinearWeights } from "@webgfn/sampler";
import { packWeights, type Replicas } from "@webgfn/sampler/internal";
import type { Device, Tensor } from "@webgfn/tensor";
import { type EvaluatorInputs, restoreCheckpoint, Trainer, type TrainerState } from "@webgfn/trainer";
import { ExactEvaluator, LearnedBackward } from "@webgfn/trainer/internal";
import { type Choice, configurationOf, type Settings } from "../settings.js";
import { continued } from "./configuration.js";
import type { Model } from "./pictures.js";
import { temperedWeights } from "./tempered.js";

/** The origin of a run: a state, a file, or new weights. */
export interface Origin {
  configuration: Configuration;
  state?: TrainerState | undefined;
  file?: Checkpoint | undefined;
}

/** One objective's model in training. */
export class Run {
  readonly configuration: Configuration;
  readonly trainer: Trainer;
  /** Whether it came from a file, so that other models need not catch up with it. */
  readonly isFromFile: boolean;
  /** The state at the latest picture. Training resumes from it after the device was lost. */
  saved: TrainerState;
  /** A copy of the model at another temperature. */
  #tempered: { tensor: Tensor; evaluator: ExactEvaluator | undefined } | undefined;
  #backward: LearnedBackward | undefined;

  private constructor(configuration: Configuration, trainer: Trainer, isFromFile: boolean, saved: TrainerState) {
    this.configuration = configuration;
    this.trainer = trainer;
    this.isFromFile = isFromFile;
    this.saved = saved;
  }

  static async create(device: Device, environment: Environment, { configuration, state, file }: Origin, isFromFile: boolean): Promise<Run> {
    const trainer = await Trainer.create(device, trainerOptions(configuration, { environment }));
    try {
      if (state !== undefined) trainer.restore(state);
      else if (file !== undefined) restoreCheckpoint(trainer, file);
      return new Run(configuration, trainer, isFromFile, await trainer.state());
    } catch (cause) {
      trainer.dispose();
      throw cause;
    }
  }

  /** Remaining steps of the schedule. */
  get left(): number {
    return this.trainer.options.steps - this.trainer.step;
  }

  inputs(environment: Environment, replicas: Replicas, weights = this.trainer.buffers.weights): EvaluatorInputs {
    const { network, buffers, device } = this.trainer;
    return { device, environment, network, weights, data: buffers.data, replicas };
  }

  /** The weights of the latest saved state, at a temperature. */
  weightsAt(temperature: number): LinearWeights[] {
    return temperedWeights(this.trainer, this.saved.weights[0] ?? [], temperature);
  }

  /** The model to draw and its exact probabilities: those of the trainer, or of a copy at a temperature other than 1. */
  async modelAt(temperature: number, environment: Environment, replicas: Replicas): Promise<Model> {
    const { trainer } = this;
    if (temperature === 1) {
      return { inputs: this.inputs(environment, replicas), probabilities: await trainer.exact?.probabilities(0), exact: trainer.exact };
    }
    if (this.#tempered === undefined) {
      const tensor = trainer.device.tensor([1, 4 * trainer.network.weights4], { label: "tempered weights" });
      const evaluator = trainer.exact ? await ExactEvaluator.create(this.inputs(environment, replicas, tensor)) : undefined;
      this.#tempered = { tensor, evaluator };
    }
    const { tensor, evaluator } = this.#tempered;
    tensor.write(packWeights(trainer.network, this.weightsAt(temperature)));
    await evaluator?.measure();
    return { inputs: this.inputs(environment, replicas, tensor), probabilities: await evaluator?.probabilities(0), exact: evaluator };
  }

  /** The learned p_B; undefined if p_B is uniform. */
  async learnedBackward(environment: Environment, replicas: Replicas): Promise<LearnedBackward | undefined> {
    if (this.configuration.backward !== "learned") return undefined;
    this.#backward ??= await LearnedBackward.create(this.inputs(environment, replicas));
    return this.#backward;
  }

  /** Frees the parts that depend on the target, which may have changed: the copy at another temperature, and the table of p_B. */
  forgetTarget(): void {
    this.#tempered?.evaluator?.dispose();
    this.#tempered?.tensor.dispose();
    this.#tempered = undefined;
    this.#backward?.dispose();
    this.#backward = undefined;
  }

  dispose(): void {
    this.forgetTarget();
    this.trainer.dispose();
  }
}

/** The configuration of a choice. A model from a file keeps its own network and replicas. */
export function configurationFor(settings: Settings, choice: Choice, file: Checkpoint | undefined): Configuration {
  const configuration = configurationOf(settings, choice);
  if (file === undefined) return configuration;
  const { policy, hidden, components, scales, backward, replicas, policyParameters } = continued(file);
  return completeConfiguration({
    ...configuration,
    policy,
    hidden,
    components,
    scales,
    backward,
    replicas,
    ...(policyParameters && { policyParameters }),
  });
}
