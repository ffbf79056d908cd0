import { environmentConstants, environmentDataFor, recordBackwardRollout, recordRollout, samplingTensors } from "@webgfn/sampler/internal";
import records from "@webgfn/shaders/sampler/records.wgsl";
import heldOut from "@webgfn/shaders/trainer/evaluation/held_out.wgsl";
import logProbability from "@webgfn/shaders/trainer/evaluation/log_probability.wgsl";
import probabilityOf from "@webgfn/shaders/trainer/evaluation/probability_of.wgsl";
import type { Tensor } from "@webgfn/tensor";
import type { EvaluatorInputs } from "./evaluator.js";
import { Measurement } from "./measurement.js";
import { writeActions } from "./point-actions.js";
import { SAMPLES } from "./sampled.js";

/** Given objects under the policy of one replica. */
export interface HeldOutEstimates {
  /** log p_T(x) per object. */
  logProbabilities: Float64Array;
  /** log R(x) per object. */
  logRewards: Float64Array;
  /** Mean over objects and their trajectories τ ~ p_B(·|x) of log R(x) + log p_B(τ|x) − log p_F(τ). */
  meanLogWeight: number;
}

/** Below this, a float32 product of probabilities may have lost digits or vanished. */
const LEAST_EXACT = 1e-30;
const LANES = 64;

/**
 * Measures given objects under every replica's policy: log p_T(x) = log E_{τ ~ p_B(·|x)} [p_F(τ)/p_B(τ|x)] over backward
 * trajectories, one where the object has no other. The backward policy is the uniform one, whatever the network has learned:
 * p_T does not depend on it.
 *
 * @param objects states of `stateWords` words, one after another.
 * @param mass exact probabilities of every state [replica, state], where there are such; they are taken instead.
 */
export async function heldOutEstimates(inputs: EvaluatorInputs, objects: Uint32Array, mass?: Tensor): Promise<HeldOutEstimates[]> {
  const { device, environment, network, weights, data, replicas } = inputs;
  const { stateWords } = environment;
  const count = objects.length / stateWords;
  const samples = environment.singleTrajectory === true ? 1 : SAMPLES;
  const shape = { environment, network, batch: count * samples, replicas: replicas.count };
  const plans = {
    replayed: samplingTensors(device, shape),
    held: {
      targets: { shape: [count, stateWords], dtype: "u32" as const, label: "held-out objects", values: () => objects },
      estimates: { shape: [replicas.count, count, 4], label: "estimates of held-out objects" },
      ...(mass && { probabilities: { shape: [replicas.count, count], label: "probabilities of held-out objects" } }),
    },
  };
  const measurement = await Measurement.record(device, "held-out objects", plans, async (program, { replayed, held }) => {
    const { targets, estimates, probabilities } = held;
    if (environment.actionSpace === "continuous") {
      writeActions(replayed.actions, environment, objects);
    } else {
      await recordBackwardRollout(program, shape, { replicas, targets, actions: replayed.actions, data }, samples);
    }
    await recordRollout(program, shape, { weights, data, replicas, ...replayed }, { replay: true, uniformBackward: true });
    const perObject = [Math.ceil(count / LANES), replicas.count] as const;
    const estimate = await device.kernel({
      root: "trainer/evaluation/held_out",
      modules: { "trainer/evaluation/held_out": heldOut, "trainer/evaluation/log_probability": logProbability, "sampler/records": records },
      constants: { HELD_OUT: count, SAMPLES: samples },
    });
    program.add(estimate, { trajectories: replayed.trajectories, estimates }, perObject);
    if (mass !== undefined && probabilities !== undefined) {
      const lookUp = await device.kernel({
        root: "trainer/evaluation/probability_of",
        modules: { environment: environment.shader, "trainer/evaluation/probability_of": probabilityOf },
        constants: { ...environmentConstants(environment), HELD_OUT: count, STATES: mass.shape[1] as number },
      });
      program.add(lookUp, { targets, mass, probabilities, ...environmentDataFor(lookUp, data) }, perObject);
    }
    return { estimates, probabilities };
  });
  const { estimates, probabilities } = measurement.results;
  try {
    await measurement.program.run();
    const [rows, exact] = (await Promise.all([estimates.read(), probabilities?.read()])) as [Float32Array, Float32Array | undefined];
    return Array.from({ length: replicas.count }, (_, r) =>
      ofReplica(rows.subarray(4 * r * count, 4 * (r + 1) * count), exact?.subarray(r * count, (r + 1) * count)),
    );
  } finally {
    measurement.dispose();
  }
}

function ofReplica(rows: Float32Array, exact: Float32Array | undefined): HeldOutEstimates {
  const count = rows.length / 4;
  const column = (k: number) => Float64Array.from({ length: count }, (_, n) => rows[4 * n + k] as number);
  const logProbabilities = column(0).map((estimate, n) => {
    const probability = exact?.[n] ?? 0;
    return probability > LEAST_EXACT ? Math.log(probability) : estimate;
  });
  return { logProbabilities, logRewards: column(1), meanLogWeight: column(2).reduce((sum, weight) => sum + weight, 0) / count };
}
