/** The same training twenty times: the same bits. */
import { trajectoryBalance } from "@webgfn/objectives";
import { Trainer } from "@webgfn/trainer";
import { expect, it } from "vitest";
import { testDevice } from "../gpu/device.js";
import { tiny } from "./tiny.js";

const TIMES = 20;

it.each([
  { objective: "a divergence", options: {} },
  { objective: "a balance loss", options: { objective: trajectoryBalance() } },
])("training with $objective twenty times gives the same bits, however its steps are cut", async ({ options }) => {
  const device = await testDevice();
  const train = async (stretches: number[]) => {
    using trainer = await Trainer.create(device, tiny({ replicas: 3, ...options }));
    for (const steps of stretches) await trainer.train(steps);
    return { state: await trainer.state(), l1: (await trainer.evaluate()).l1 };
  };
  const first = await train([40]);
  for (let time = 1; time < TIMES; time++) expect(await train(time % 2 === 0 ? [40] : [time, 40 - time])).toEqual(first);
});
