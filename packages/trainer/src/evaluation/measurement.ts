import { SIZE_ADVICE } from "@webgfn/sampler/internal";
import { type Device, Program, type Tensor } from "@webgfn/tensor";
import { disposeTensors, orFree, type TensorPlans } from "@webgfn/tensor/internal";

/** Tensors to make for a measurement, in groups, one for each rollout for example. */
type Groups = Readonly<Record<string, TensorPlans>>;
type Made<Plans extends Groups> = { [Group in keyof Plans]: { [Name in keyof Plans[Group]]: Tensor } };

/** A program for repeated runs, with the tensors that only this program uses. */
export class Measurement<Results> {
  readonly program: Program;
  /** The tensors that hold the results. */
  readonly results: Results;
  readonly #free: () => void;

  private constructor(program: Program, results: Results, free: () => void) {
    this.program = program;
    this.results = results;
    this.#free = free;
  }

  /**
   * Makes the tensors and records the program. If either fails, nothing stays on the device.
   *
   * @param add adds the dispatches, and returns the tensors that hold the results.
   */
  static async record<Plans extends Groups, Results>(
    device: Device,
    label: string,
    plans: Plans,
    add: (program: Program, tensors: Made<Plans>) => Promise<Results>,
  ): Promise<Measurement<Results>> {
    const program = new Program(device, label, { fix: SIZE_ADVICE });
    const made: Record<string, Record<string, Tensor>> = {};
    const free = () => Object.values(made).forEach(disposeTensors);
    const make = async () => {
      for (const [group, tensors] of Object.entries(plans)) made[group] = device.tensors(tensors, SIZE_ADVICE);
      return add(program, made as Made<Plans>);
    };
    return new Measurement(program, await orFree(make(), free), free);
  }

  dispose(): void {
    this.#free();
  }
}
