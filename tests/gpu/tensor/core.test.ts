import { type Device, openDevice, Program } from "@webgfn/tensor";
import { beforeAll, describe, expect, it } from "vitest";
import { testDevice } from "../device.js";
import { failure } from "./helpers.js";

const DOUBLE = `
import package::twice::twice;
@group(0) @binding(0) var<storage, read> values: array<u32>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&values)) { result[id.x] = twice(values[id.x]); }
}`;
const TWICE = "fn twice(x: u32) -> u32 { return 2u * x; }";
const source = { root: "double", modules: { double: DOUBLE, twice: TWICE } };

describe("Kernel", () => {
  let device: Device;
  beforeAll(async () => {
    device = await testDevice();
  });

  it("says module and line of what does not compile", async () => {
    const broken = "// A comment.\nfn twice(x: u32) -> u32 {\n  return 2.5 * x;\n}";
    const error = await failure("shader", () => device.kernel({ root: "double", modules: { double: DOUBLE, twice: broken } }));
    expect(error.message).toMatch(/^double\.wgsl does not compile: .*twice\S*:3: /);
  });

  it("says what does not parse or link", async () => {
    const unparsable = await failure("shader", () => device.kernel({ root: "double", modules: { double: "fn main( {", twice: TWICE } }));
    expect(unparsable.message).toMatch(/^double\.wgsl does not link: /);
    const missing = await failure("shader", () => device.kernel({ root: "double", modules: { double: DOUBLE } }));
    expect(missing.message).toMatch(/^double\.wgsl does not link: .*twice/s);
    const unnamed = await failure("shader", () => device.kernel({ root: "double", modules: { double: DOUBLE, twice: "fn thrice() {}" } }));
    expect(unnamed.message).toContain("twice");
  });

  it.each([
    [
      "fn twice(x: u32) -> u32 {\n  return FACTOR * x;\n}",
      "twice.wgsl:2: unresolved identifier 'FACTOR'",
      'add "import constants::FACTOR;" to twice.wgsl',
    ],
    [
      "fn twice(x: u32) -> u32 {\n  return half(x);\n}",
      "twice.wgsl:2: unresolved identifier 'half'",
      'add "import package::halves::half;" to twice.wgsl',
    ],
    [
      "fn twice(x: u32) -> u32 { return FACTR * x; }",
      "twice.wgsl:1: unresolved identifier 'FACTR'",
      "declare it or import it (did you mean constants::FACTOR?)",
    ],
    [
      "import constants::FACTR;\nfn twice(x: u32) -> u32 { return FACTR * x; }",
      "twice.wgsl:2: no exported 'FACTR' in module 'constants'",
      "did you mean FACTOR? the constants are SUBGROUP, FACTOR",
    ],
    ["fn twice(x: u32) -> u32 {\n  return x + x\n}", "twice.wgsl:2: Expected ';' after return statement", undefined],
  ])("says where a name is missing, and where to import it from: %s", async (twice, reason, fix) => {
    const modules = { double: DOUBLE, twice, halves: "fn half(x: u32) -> u32 { return x / 2u; }" };
    const error = await failure("shader", () => device.kernel({ root: "double", modules, constants: { FACTOR: 2 } }));
    expect(error).toMatchObject({ message: `double.wgsl does not link: ${reason}`, fix });
  });

  it("is compiled once for the same source", async () => {
    expect(await device.kernel(source)).toBe(await device.kernel({ ...source, modules: { ...source.modules } }));
    const other = await device.kernel({ ...source, modules: { ...source.modules, twice: "fn twice(x: u32) -> u32 { return x + x; }" } });
    expect(other).not.toBe(await device.kernel(source));
  });

  it("reads its bindings off the WGSL and wants each of them, and no other", async () => {
    const kernel = await device.kernel(source);
    expect(kernel.bindings).toEqual([
      { name: "values", group: 0, binding: 0, type: "read-only-storage" },
      { name: "result", group: 0, binding: 1, type: "storage" },
    ]);
    const values = device.tensor([4], { dtype: "u32" });
    const program = new Program(device, "bindings");
    expect((await failure("argument", () => program.add(kernel, { values }, [1]))).message).toContain('"result"');
    expect((await failure("argument", () => program.add(kernel, { values, result: values, more: values }, [1]))).message).toContain(
      '"more"',
    );
    expect(program.length).toBe(0);
  });
});

describe("Tensor", () => {
  let device: Device;
  beforeAll(async () => {
    device = await testDevice();
  });

  it("is zero at first, and keeps what is written to a part of it", async () => {
    const tensor = device.tensor([2, 3]);
    expect([...(await tensor.read())]).toEqual([0, 0, 0, 0, 0, 0]);
    tensor.write(new Float32Array([1, 2]), 3);
    expect([...(await tensor.read(2))]).toEqual([0, 1, 2, 0]);
    expect([...(await tensor.read(3, 1))]).toEqual([1]);
    expect([...(await tensor.read(6, 0))]).toEqual([]);
    // A view into a larger array writes its own part only.
    tensor.write(new Float32Array([7, 8, 9]).subarray(1, 2), 0);
    expect([...(await tensor.read(0, 2))]).toEqual([8, 0]);
    expect(await device.tensorFrom(new Int32Array([-5])).read()).toEqual(new Int32Array([-5]));
    expect(await device.tensorFrom(new Uint32Array([5])).read()).toEqual(new Uint32Array([5]));
  });

  it("rejects what lies outside", async () => {
    const tensor = device.tensor([4]);
    await failure("argument", () => tensor.write(new Float32Array(5)));
    await failure("argument", () => tensor.write(new Float32Array(2), 3));
    await failure("argument", () => tensor.write(new Float32Array(1), -1));
    await failure("argument", () => tensor.read(0, 5));
    await failure("argument", () => tensor.read(3, 2));
    await failure("argument", () => tensor.read(-1, 1));
    await failure("argument", () => tensor.read(1, -1));
    await failure("argument", () => device.tensor([2, -1]));
    await failure("argument", () => device.tensor([1.5]));
    await failure("argument", () => device.tensorFrom(new Float32Array(3), [2]));
  });

  it("names the limit that it exceeds", async () => {
    const allocated = device.statistics.bytesAllocated;
    const tooMany = Math.floor(device.limits.maxStorageBufferBindingSize / 4) + 1;
    const error = await failure("limit", () => device.tensor([tooMany], { label: "the large one" }));
    expect(error.message).toBe(
      `the large one needs ${tooMany * 4} bytes, but this adapter's maxStorageBufferBindingSize is ${device.limits.maxStorageBufferBindingSize}`,
    );
    expect(error.fix).toBe("make it smaller, or split it");
    const told = await failure("limit", () => device.tensor([tooMany], { fix: "take fewer rows" }));
    expect(told.fix).toBe("take fewer rows");
    const together = { small: { shape: [1], label: "small" }, large: { shape: [tooMany], label: "large" } };
    expect((await failure("limit", () => device.tensors(together, "take fewer columns"))).fix).toBe("take fewer columns");
    expect(device.statistics.bytesAllocated).toBe(allocated);
  });

  it("binds entries of its leading axis apart, the whole being larger than a binding may be", async () => {
    const entry = 64 * Math.floor(device.limits.maxStorageBufferBindingSize / 4 / 64);
    if (8 * entry <= device.limits.maxBufferSize && entry <= 2 ** 26) {
      using both = device.tensor([2, entry], { apart: true });
      expect(both.at(1)).toEqual({ buffer: both.buffer, offset: 4 * entry, size: 4 * entry });
    }
    await failure("limit", () => device.tensor([2, entry + 64], { apart: true }));
    using odd = device.tensor([2, 3]);
    expect(odd.at(0)).toEqual({ buffer: odd.buffer, offset: 0, size: 12 });
    await failure("argument", () => odd.at(1));
    await failure("argument", () => odd.at(2));
    await failure("argument", () => odd.at(-1));
  });
});

describe("Program", () => {
  it("refuses more workgroups than a dimension holds", async () => {
    const device = await testDevice();
    const kernel = await device.kernel(source);
    const [values, result] = [device.tensor([4], { dtype: "u32" }), device.tensor([4], { dtype: "u32" })];
    const error = await failure("limit", () => new Program(device, "wide").add(kernel, { values, result }, [2 ** 17]));
    expect(error.message).toMatch(/ needs 131072×1×1 workgroups, but this adapter's maxComputeWorkgroupsPerDimension is \d+$/);
    expect(error.fix).toBe("dispatch fewer workgroups that do more each");
    const told = new Program(device, "wide", { fix: "take fewer rows" });
    expect((await failure("limit", () => told.add(kernel, { values, result }, [1, 2 ** 17]))).fix).toBe("take fewer rows");
  });

  it("replays what it recorded and what was appended, in order", async () => {
    const device = await testDevice();
    const kernel = await device.kernel(source);
    const values = device.tensorFrom(new Uint32Array([1, 2, 3]));
    const [middle, result] = [device.tensor([3], { dtype: "u32" }), device.tensor([3], { dtype: "u32" })];
    const tail = new Program(device, "tail").add(kernel, { values: middle, result }, [1]);
    const program = new Program(device, "whole").add(kernel, { values, result: middle }, [1]).append(tail);
    expect(program.length).toBe(2);
    await program.run();
    expect([...(await result.read())]).toEqual([4, 8, 12]);
    values.write(new Uint32Array([5]));
    await program.run(500);
    expect([...(await result.read())]).toEqual([20, 8, 12]);
  });

  it("profiles every dispatch, where the adapter can", async () => {
    const device = await testDevice();
    const kernel = await device.kernel(source);
    const [values, result] = [device.tensor([2 ** 18], { dtype: "u32" }), device.tensor([2 ** 18], { dtype: "u32" })];
    const program = new Program(device, "profile").add(kernel, { values, result }, [4096]).add(kernel, { values, result }, [4096]);
    const allocated = device.statistics.bytesAllocated;
    const times = await program.profile();
    if (!device.gpu.features.has("timestamp-query")) {
      expect(times).toBeUndefined();
      return;
    }
    expect(times?.map(({ kernel: name }) => name)).toEqual(["double", "double"]);
    for (const { milliseconds } of times ?? []) {
      expect(milliseconds).toBeGreaterThan(0);
      expect(milliseconds).toBeLessThan(10_000);
    }
    expect(device.statistics.bytesAllocated - allocated).toBeLessThanOrEqual(1024); // a staging buffer at most
  });
});

describe("Device", () => {
  it("counts what it does, and can be disposed twice", async () => {
    const device = await openDevice();
    expect(device.statistics).toEqual({ submits: 0, dispatches: 0, bytesRead: 0, bytesAllocated: 0 });
    const kernel = await device.kernel(source);
    const values = device.tensorFrom(new Uint32Array(8));
    const result = device.tensor([5], { dtype: "u32" });
    expect(device.statistics.bytesAllocated).toBe(32 + 32); // 5 elements are padded to 32 bytes
    const program = new Program(device, "count").add(kernel, { values, result }, [1]);
    await program.run(3);
    expect(device.statistics).toMatchObject({ submits: 1, dispatches: 3, bytesRead: 0 });
    await result.read(0, 2);
    expect(device.statistics).toMatchObject({ submits: 2, dispatches: 3, bytesRead: 8 });
    const before = device.statistics.bytesAllocated;
    result.dispose();
    result.dispose();
    expect(device.statistics.bytesAllocated).toBe(before - 32);
    device.dispose();
    device.dispose();
    expect(device.statistics.bytesAllocated).toBe(0);
    await failure("disposed", () => device.tensor([1]));
    await failure("disposed", () => values.read());
    await failure("disposed", () => program.run());
  });

  it("reports a command that WebGPU rejects at the next use", async () => {
    const device = await openDevice();
    const kernel = await device.kernel(source);
    const same = device.tensor([4], { dtype: "u32" });
    const program = new Program(device, "invalid").add(kernel, { values: same, result: same }, [1]);
    await failure("validation", async () => {
      await program.run();
      await device.idle();
      await same.read();
    });
    device.dispose();
  });

  it("wants a WebGPU implementation where one is given", async () => {
    await failure("argument", () => openDevice({ gpu: {} as GPU }));
    await failure("no-adapter", () => openDevice({ gpu: { requestAdapter: async () => null } as unknown as GPU }));
  });
});
