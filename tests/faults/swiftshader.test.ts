/** The same on a second implementation: SwiftShader, as Debian's chromium brings it along. */
import { existsSync } from "node:fs";
import { openDevice } from "@webgfn/tensor";
import { Trainer } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { testDevice } from "../gpu/device.js";
import { tiny } from "./tiny.js";

const DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";
const available = existsSync(DRIVER);
if (!available) console.log(`There is no ${DRIVER}, so SwiftShader is not tested.`);

describe.skipIf(!available)("SwiftShader", async () => {
  // Every test file has a process of its own; the driver is chosen when the first adapter is opened.
  if (available) process.env["VK_DRIVER_FILES"] = DRIVER;

  it("is the adapter", async () => {
    expect((await testDevice()).adapter).toMatchObject({ name: expect.stringMatching(/swiftshader/i), type: "cpu" });
  });

  it("trains twice with the same bits, and learns", async () => {
    const train = async () => {
      using trainer = await Trainer.create(await testDevice(), tiny({ steps: 100, learningRate: 0.05, replicas: 2 }));
      const { l1: before = 0 } = await trainer.evaluate();
      await trainer.train(100);
      const { l1: after = 0 } = await trainer.evaluate();
      expect(after).toBeLessThan(0.7 * before);
      return trainer.state();
    };
    expect(await train()).toEqual(await train());
  });

  it("says of a tensor that it has no memory for it, and goes on with others", async () => {
    using device = await openDevice();
    const numbers = device.limits.maxStorageBufferBindingSize / Float32Array.BYTES_PER_ELEMENT;
    // llvmpipe promises any amount and takes it when it is written to; SwiftShader refuses what it cannot have.
    const fill = async () => {
      for (let count = 0; count < 64; count++) {
        await device.tensor([numbers]).read(0, 1);
      }
    };
    await expect(fill()).rejects.toMatchObject({
      code: "out-of-memory",
      message: expect.stringMatching(/^the adapter ran out of memory: [^\n]*$/),
    });
    expect([...(await device.tensorFrom(Float32Array.of(1)).read())]).toEqual([1]);
  });

  // The kernels' own tests.
  if (available) {
    await import("../gpu/random.test.js");
    await import("../gpu/tensor/adam.test.js");
  }
});
