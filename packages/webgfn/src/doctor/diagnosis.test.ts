import { describe, expect, it } from "vitest";
import { diagnose, type Facts } from "./diagnosis.js";
import { parseOsRelease } from "./os-release.js";

const healthy: Facts = {
  platform: "linux",
  os: parseOsRelease('ID=debian\nVERSION_ID="12"'),
  root: false,
  webgpuLoads: true,
  vulkan: { loader: null, chosenBy: null, drivers: [] },
  adapter: { name: "llvmpipe", backend: "dawn", type: "cpu" },
  failure: undefined,
};

const ill = (facts: Partial<Facts>) =>
  diagnose({ ...healthy, adapter: undefined, failure: "no WebGPU adapter was found on this machine", ...facts });

describe("a diagnosis", () => {
  it("is not made where an adapter opens", () => {
    expect(diagnose(healthy)).toBeUndefined();
  });

  it("names the one command that fixes what is missing", () => {
    expect(ill({ webgpuLoads: false })?.fix).toBe("npm install webgpu");
    expect(ill({})).toMatchObject({ fix: "sudo npx webgfn doctor --install", installable: true });
    expect(ill({ root: true })).toMatchObject({ fix: "npx webgfn doctor --install", installable: true });
    expect(ill({ os: parseOsRelease("ID=nobara\nID_LIKE=fedora") })?.fix).toMatch(/dnf install/);
    expect(ill({ os: undefined })).toMatchObject({ fix: expect.stringMatching(/install a Vulkan driver/), installable: false });
    expect(ill({ platform: "darwin" })?.fix).toMatch(/update/);
  });

  it("looks at the chosen drivers first", () => {
    const drivers = [{ file: "/nonexistent.json", present: false, library: null }];
    expect(ill({ vulkan: { loader: null, chosenBy: "VK_DRIVER_FILES", drivers } })).toMatchObject({
      fix: "unset VK_DRIVER_FILES",
      installable: false,
    });
  });
});
