/** A mistake stays its caller's: what was disposed of is refused, and what WebGPU rejects fails one call and no other. */
import { type Device, type Kernel, openDevice, Program, type Tensor } from "@webgfn/tensor";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { failure } from "./helpers.js";

const NEXT = `
@group(0) @binding(0) var<storage, read> values: array<u32>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&values)) { result[id.x] = values[id.x] + 1u; }
}`;
const source = { root: "next", modules: { next: NEXT } };

let device: Device;
let kernel: Kernel;
beforeAll(async () => {
  device = await openDevice();
  kernel = await device.kernel(source);
});
afterAll(() => device.dispose());

const ones = () => device.tensorFrom(new Uint32Array([1, 1, 1, 1]));

/** A program of its own that still works. */
async function expectSound(on: Device = device): Promise<void> {
  using values = on.tensorFrom(new Uint32Array([1, 2, 3, 4]));
  using result = on.tensor([4], { dtype: "u32" });
  await new Program(on, "sound").add(await on.kernel(source), { values, result }, [1]).run(3);
  await on.idle();
  expect([...(await result.read())]).toEqual([2, 3, 4, 5]);
  expect(() => on.check()).not.toThrow();
}

function recorded(): { program: Program; values: Tensor; result: Tensor } {
  const [values, result] = [ones(), device.tensor([4], { dtype: "u32", label: "result" })];
  return { program: new Program(device, "next").add(kernel, { values, result }, [1]), values, result };
}

describe("what was disposed of", () => {
  it.each<{ what: string; use(parts: ReturnType<typeof recorded>): unknown }>([
    { what: "a tensor that is read", use: ({ result }) => result.read() },
    { what: "a tensor of which nothing is read", use: ({ result }) => result.read(0, 0) },
    { what: "a tensor that is written", use: ({ result }) => result.write(new Uint32Array([1])) },
    { what: "a tensor of which an entry is bound", use: ({ result }) => result.at(0) },
    { what: "a tensor that is recorded", use: ({ values, result }) => new Program(device, "late").add(kernel, { values, result }, [1]) },
    { what: "a tensor that a kernel binds", use: ({ values, result }) => kernel.bind({ values, result }) },
    { what: "a tensor of a program that runs", use: ({ program }) => program.run() },
    { what: "a tensor of a program that is part of another", use: ({ program }) => new Program(device, "whole").append(program).run(5) },
    { what: "a tensor of a program that is profiled", use: ({ program }) => program.profile() },
    { what: "a buffer that is read", use: ({ result }) => device.readBuffer(result.buffer, 0, 16) },
    { what: "a buffer that is written", use: ({ result }) => device.writeBuffer(result.buffer, 0, new Uint32Array([1])) },
  ])("is refused before anything is submitted, and the device goes on: $what", async ({ use, what }) => {
    const parts = recorded();
    parts.result.dispose();
    const { submits } = device.statistics;
    // Without timestamps there is no profile to refuse.
    if (!(what.includes("profiled") && !device.gpu.features.has("timestamp-query"))) {
      const { message } = await failure("disposed", () => use(parts));
      expect(message).toContain('"result"'.replaceAll('"', what.includes("buffer") ? "" : '"'));
    }
    expect(device.statistics.submits).toBe(submits);
    await expectSound();
  });

  it("ends a program in the middle of a long run", async () => {
    const { program, result } = recorded();
    const run = program.run(200_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { submits } = device.statistics;
    result.dispose();
    await failure("disposed", () => run);
    expect(device.statistics.submits).toBeLessThanOrEqual(submits + 1);
    await expectSound();
  });

  it("does not spoil a read that is under way", async () => {
    const values = ones();
    const read = values.read();
    values.dispose();
    expect([...(await read)]).toEqual([1, 1, 1, 1]);
    await expectSound();
  });

  it("refuses everything on a device, and ends what is under way", async () => {
    const other = await openDevice();
    const values = other.tensorFrom(new Uint32Array([1, 2]));
    const result = other.tensor([2], { dtype: "u32" });
    const own = await other.kernel(source);
    const program = new Program(other, "next").add(own, { values, result }, [1]);
    const pending = [program.run(100_000), values.read(), other.kernel({ ...source, constants: { FRESH: 1 } })];
    const settled = Promise.allSettled(pending);
    other.dispose();
    for (const each of await settled) {
      if (each.status === "rejected") expect(each.reason).toMatchObject({ name: "WebgfnError", code: "disposed" });
    }
    expect((await settled)[0]!.status).toBe("rejected");
    const calls = [
      () => other.check(),
      () => other.tensor([1]),
      () => other.tensorFrom(new Float32Array(1)),
      () => other.kernel(source),
      () => other.idle(),
      () => other.submit([]),
      () => values.read(),
      () => values.write(new Uint32Array(1)),
      () => values.at(0),
      () => own.bind({ values, result }),
      () => program.run(),
      () => program.profile(),
      () => program.add(own, { values, result }, [1]),
    ];
    for (const call of calls) await failure("disposed", call);
    values.dispose();
    await expectSound();
  });
});

describe("what WebGPU rejects", () => {
  it("fails the program that it is part of, each time, and no other", async () => {
    const same = ones();
    const aliased = new Program(device, "aliased").add(kernel, { values: same, result: same }, [1]);
    for (let time = 0; time < 2; time++) {
      const { message } = await failure("validation", () => aliased.run(1000));
      expect(message).toContain("WebGPU rejected a command");
    }
    await expectSound();
  });

  it("keeps to its call where two run at once", async () => {
    const same = ones();
    const aliased = new Program(device, "aliased").add(kernel, { values: same, result: same }, [1]);
    const [bad, good] = await Promise.allSettled([aliased.run(), expectSound()]);
    expect(bad).toMatchObject({ status: "rejected", reason: { code: "validation" } });
    expect(good.status).toBe("fulfilled");
  });

  it("is found when a binding is recorded, and said when the program runs", async () => {
    const values = ones();
    // A binding may not begin at byte 4.
    const result = { buffer: device.tensor([64], { dtype: "u32" }).buffer, offset: 4, size: 16 };
    const program = new Program(device, "shifted").add(kernel, { values, result }, [1]);
    const { message } = await failure("validation", () => program.run());
    expect(message).toMatch(/offset/i);
    await expectSound();
  });

  it("in one kernel does not touch another that compiles at the same time", async () => {
    const variants = Array.from({ length: 4 }, (_, k) => ({ root: "next", modules: { next: NEXT.replace("+ 1u", `+ ${k + 2}u`) } }));
    const broken = variants.map(({ modules }) => ({ root: "next", modules: { next: modules.next.replace("id.x]", "id.x] * 0.5") } }));
    const settled = await Promise.allSettled([...variants, ...broken].map((each) => device.kernel(each)));
    expect(settled.map(({ status }) => status)).toEqual([...variants.map(() => "fulfilled"), ...broken.map(() => "rejected")]);
    for (const each of settled) if (each.status === "rejected") expect(each.reason).toMatchObject({ code: "shader" });
    await expectSound();
  });

  it("in a buffer that could not be made is said by whoever reads or runs it", async () => {
    const { gpu, limits } = device;
    const create = gpu.createBuffer.bind(gpu);
    // An invalid buffer, as where memory has run out.
    vi.spyOn(gpu, "createBuffer").mockImplementationOnce((descriptor) => create({ ...descriptor, size: 2 * limits.maxBufferSize }));
    const result = device.tensorFrom(new Uint32Array([1, 2, 3, 4]));
    vi.restoreAllMocks();
    const program = new Program(device, "hollow").add(kernel, { values: ones(), result }, [1]);
    for (const call of [() => program.run(), () => result.read()]) {
      const { message } = await failure("validation", call);
      expect(message).toContain("exceeds the max buffer size");
    }
    await expectSound();
  });

  it("in commands that others gave the device is said once", async () => {
    device.gpu.queue.writeBuffer(ones().buffer, 2 ** 20, new Uint32Array(1));
    // Browsers report it when they have heard of it.
    const error = await vi.waitFor(() => {
      try {
        device.check();
      } catch (cause) {
        return cause;
      }
      throw new Error("nothing is reported yet");
    });
    expect(error).toMatchObject({ name: "WebgfnError", code: "validation", message: expect.stringContaining("WebGPU rejected a command") });
    await expectSound();
  });

  it("in commands of one's own is said by submit", async () => {
    const encoder = device.gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(ones().buffer, 0, ones().buffer, 2 ** 20, 16);
    const encoded = device.scoped(() => encoder.finish());
    await failure("validation", () => device.submit([encoded.result]));
    expect(await encoded.error).toMatchObject({ code: "validation" });
    await expectSound();
  });
});

describe("parts of two devices", () => {
  it("are refused together", async () => {
    using other = await openDevice();
    const theirs = other.tensor([4], { dtype: "u32", label: "theirs" });
    const { message } = await failure("argument", () => new Program(device, "mixed").add(kernel, { values: ones(), result: theirs }, [1]));
    expect(message).toContain('the tensor "theirs" lies on another device than the kernel next');
    await failure("argument", () => new Program(other, "mixed").add(kernel, { values: ones(), result: ones() }, [1]));
    await failure("argument", () => new Program(other, "mixed").append(recorded().program));
    await expectSound();
    await expectSound(other);
  });
});

describe("a device that is lost", () => {
  it("says so to what compiles, runs, reads and waits", async () => {
    using other = await openDevice();
    const values = other.tensorFrom(new Uint32Array([1, 2]));
    const result = other.tensor([2], { dtype: "u32" });
    const program = new Program(other, "next").add(await other.kernel(source), { values, result }, [1]);
    other.gpu.destroy();
    await other.gpu.lost;
    const calls = [
      () => program.run(),
      () => values.read(),
      () => other.idle(),
      () => other.kernel({ ...source, constants: { FRESH: 1 } }),
    ];
    for (const call of calls) {
      const { message, fix } = await failure("device-lost", call);
      expect(message).toContain("the WebGPU device was lost");
      expect(fix).toContain("open a new device");
    }
  });
});
