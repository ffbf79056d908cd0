import { describe, expect, it } from "vitest";
import { run, WITHOUT_ADAPTER } from "./run.js";

describe("doctor", () => {
  it("says as JSON which adapter opens", async () => {
    const { status, stdout, stderr } = await run(["doctor", "--json"]);
    expect(stderr).not.toContain("webgfn:");
    const findings = JSON.parse(stdout);
    expect(findings).toMatchObject({
      node: process.versions.node,
      webgpu: true,
      adapter: { name: expect.any(String), backend: "dawn", type: expect.stringMatching(/^[cg]pu$/) },
      limits: { maxStorageBufferBindingSize: expect.any(Number), maxComputeWorkgroupStorageSize: expect.any(Number) },
      features: expect.any(Array),
      problem: null,
      fix: null,
    });
    expect(status).toBe(0);
  });

  it("names the driver list and the one command that fixes it", async () => {
    const { status, stdout } = await run(["doctor", "--json"], { env: WITHOUT_ADAPTER });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      adapter: null,
      vulkan: { chosenBy: "VK_DRIVER_FILES", drivers: [{ file: "/nonexistent.json", present: false }] },
      problem: "no WebGPU adapter was found on this machine: VK_DRIVER_FILES names no driver that exists",
      fix: "unset VK_DRIVER_FILES",
    });
  });

  it("says the same to people", async () => {
    const { status, stdout } = await run(["doctor"], { env: WITHOUT_ADAPTER });
    expect(status).toBe(1);
    expect(stdout).toContain("/nonexistent.json (missing)");
    expect(stdout).toContain("unset VK_DRIVER_FILES");
  });

  it("does not install where a driver is not what is missing", async () => {
    const { status, stdout, stderr } = await run(["doctor", "--install"], { env: WITHOUT_ADAPTER });
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("; unset VK_DRIVER_FILES");
  });
});
