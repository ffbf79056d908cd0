/** Opening a device where WebGPU refuses something, or is older than this package. */
import { openDevice } from "@webgfn/tensor";
import { afterEach, describe, expect, it, vi } from "vitest";
import { inBrowser } from "../device.js";
import { failure } from "./helpers.js";

const LIMITS = new Proxy({}, { get: () => 1 });

/** An adapter of which a test replaces a part. */
function implementation(adapter: object = {}): GPU {
  const device = { features: new Set(), limits: LIMITS, addEventListener() {}, lost: new Promise(() => {}), destroy() {} };
  const whole = { limits: LIMITS, features: new Set(), info: {}, requestDevice: async () => device, ...adapter };
  return { requestAdapter: async () => whole } as unknown as GPU;
}

describe("openDevice", () => {
  const refusal = new DOMException("Required limit is greater than the supported limit", "OperationError");

  it.each([
    ["rejects", async () => Promise.reject(refusal)],
    [
      "throws",
      () => {
        throw refusal;
      },
    ],
  ])("says what to do where an adapter's device is refused: it %s", async (_, requestDevice) => {
    const error = await failure("no-adapter", () => openDevice({ gpu: implementation({ requestDevice }) }));
    expect(error.message).toBe("the WebGPU adapter gives no device: Required limit is greater than the supported limit");
    expect(error.fix).toContain("close other pages and programs that use the GPU");
    expect(error.cause).toBe(refusal);
  });

  it.each([
    [
      "rejects with an error",
      async () => Promise.reject(new DOMException("blocked", "SecurityError")),
      "WebGPU refuses an adapter: blocked",
    ],
    ["rejects with nothing", async () => Promise.reject(), "WebGPU refuses an adapter: undefined"],
    ["rejects with a text", async () => Promise.reject("no\nmore"), "WebGPU refuses an adapter: no"],
    ["gives null", async () => null, "no WebGPU adapter was found on this machine"],
    ["gives nothing", async () => undefined, "no WebGPU adapter was found on this machine"],
  ])("says what to do where the request for an adapter %s", async (_, requestAdapter, message) => {
    const error = await failure("no-adapter", () => openDevice({ gpu: { requestAdapter } as unknown as GPU }));
    expect(error.message).toBe(message);
    expect(error.fix).toEqual(expect.any(String));
  });

  it.each<[string, object, object]>([
    ["has no description", { info: undefined }, { name: "unnamed adapter", type: "gpu" }],
    ["has null for one", { info: null }, { name: "unnamed adapter", type: "gpu" }],
    ["leaves its fields out", { info: { device: "llvmpipe" } }, { name: "llvmpipe, unnamed adapter", type: "cpu" }],
    [
      "is a card that Dawn names",
      { info: { vendor: "amd", device: "amd-radeon-rx-6800-radv-navi21-", description: "radv: Mesa 25.0.7" } },
      { name: "amd-radeon-rx-6800-radv-navi21", type: "gpu" },
    ],
    ["has a number for its card", { info: { vendor: "nvidia", device: "0x2684", description: "" } }, { name: "nvidia", type: "gpu" }],
    [
      "describes itself when asked, as Chrome did before version 127",
      { info: undefined, requestAdapterInfo: async () => ({ vendor: "acme", architecture: "one" }) },
      { name: "acme", type: "gpu" },
    ],
    [
      "refuses to describe itself",
      { info: undefined, isFallbackAdapter: true, requestAdapterInfo: async () => Promise.reject(new Error("no")) },
      { name: "unnamed adapter", type: "cpu" },
    ],
  ])("opens an adapter that %s", async (_, adapter, description) => {
    const device = await openDevice({ gpu: implementation(adapter) });
    expect(device.adapter).toMatchObject(description);
    expect(device.subgroupSize).toBe(0);
  });

  it("asks for no limit that an older browser does not know", async () => {
    const requestDevice = vi.fn(async (_: GPUDeviceDescriptor) => Promise.reject(refusal));
    const limits = { maxBufferSize: 1024, maxStorageBufferBindingSize: 512 };
    await failure("no-adapter", () => openDevice({ gpu: implementation({ limits, requestDevice }) }));
    expect(requestDevice.mock.calls[0]![0].requiredLimits).toEqual(limits);
  });
});

describe("the option adapter", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.unstubAllEnvs();
  });

  it.each([null, "", "-1", "1.5", -1, 1.5, Number.NaN, true, {}, []])("is not %j", async (adapter) => {
    const error = await failure("argument", () => openDevice({ adapter: adapter as string }));
    expect(error.message).toMatch(inBrowser ? /^adapter must be left out, / : /^adapter must be an index such as 0, a part of .*, not /);
  });

  it("does not go with a gpu of one's own", async () => {
    const error = await failure("argument", () => openDevice({ gpu: implementation(), adapter: 0 }));
    if (!inBrowser) expect(error.message).toBe("a gpu of your own chooses its adapter itself");
  });

  it.runIf(inBrowser)("is refused in a page, where the browser chooses", async () => {
    const error = await failure("argument", () => openDevice({ adapter: 0 }));
    expect(error.message).toBe("adapter must be left out, because the browser chooses the adapter, not 0");
  });

  it.skipIf(inBrowser)("is refused where a program brings a navigator.gpu", async () => {
    vi.stubGlobal("navigator", { gpu: implementation() });
    const error = await failure("argument", () => openDevice({ adapter: 0 }));
    expect([error.message, error.fix]).toEqual(["navigator.gpu chooses the adapter itself", "leave out the option adapter"]);
  });

  it.skipIf(inBrowser)("is an index of Node's list, and one beyond it is refused with the list", async () => {
    using usual = await openDevice();
    using first = await openDevice({ adapter: 0 });
    expect(first.adapter).toEqual(usual.adapter);
    using again = await first.reopen();
    expect(again.adapter).toEqual(first.adapter);
    const error = await failure("argument", () => openDevice({ adapter: 1000 }));
    expect(error.message).toMatch(/^there is no adapter 1000; there (is|are) 0 "/);
    vi.stubEnv("WEBGFN_ADAPTER", "1000");
    expect((await failure("argument", () => openDevice())).message).toBe(error.message);
    using named = await openDevice({ adapter: "0" });
    expect(named.adapter).toEqual(first.adapter);
  });
});
