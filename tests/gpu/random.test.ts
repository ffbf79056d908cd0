import random from "@webgfn/shaders/tensor/random.wgsl";
import { Program, philox, type Words } from "@webgfn/tensor";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";

// Known answers of the Random123 library (kat_vectors): key, counter, words.
const VECTORS: { key: [number, number]; counter: Words; words: Words }[] = [
  { key: [0, 0], counter: [0, 0, 0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    key: [0xa4093822, 0x299f31d0],
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

const ENTRY = `
import package::random::philox;
@group(0) @binding(0) var<storage, read> inputs: array<u32>;
@group(0) @binding(1) var<storage, read_write> words: array<vec4u>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  let i = id.x * 6u;
  words[id.x] = philox(vec2u(inputs[i], inputs[i + 1u]), vec4u(inputs[i + 2u], inputs[i + 3u], inputs[i + 4u], inputs[i + 5u]));
}`;

describe("Philox4x32-10", () => {
  it("gives the published words on the host", () => {
    for (const { key, counter, words } of VECTORS) expect(philox(key, counter)).toEqual(words);
  });

  it("gives the published words, and the host's, on the GPU", async () => {
    const device = await testDevice();
    const cases = [...VECTORS, { key: [7, 9] as [number, number], counter: [1, 0xffffffff, 3, 0x80000000] as Words }];
    const inputs = device.tensorFrom(new Uint32Array(cases.flatMap(({ key, counter }) => [...key, ...counter])));
    const words = device.tensor([cases.length, 4], { dtype: "u32" });
    const kernel = await device.kernel({ root: "entry", modules: { entry: ENTRY, random } });
    await new Program(device, "philox").add(kernel, { inputs, words }, [cases.length]).run();
    expect([...(await words.read())]).toEqual(cases.flatMap(({ key, counter }) => [...philox(key, counter)]));
  });
});
