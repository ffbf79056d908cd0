import type { AdapterDescription } from "@webgfn/tensor";
import { canInstall } from "./install.js";
import type { OsRelease } from "./os-release.js";
import type { Vulkan } from "./vulkan.js";

/** Everything the doctor looked at. */
export interface Facts {
  platform: string;
  /** `undefined` if there is no /etc/os-release. */
  os: OsRelease | undefined;
  root: boolean;
  webgpuLoads: boolean;
  vulkan: Vulkan;
  adapter: AdapterDescription | undefined;
  /** Why no adapter opened. */
  failure: string | undefined;
}

export interface Diagnosis {
  /** The problem in one sentence. */
  problem: string;
  /** The one command that fixes it, or advice if no command does. */
  fix: string;
  /** Whether `doctor --install` is that fix. */
  installable: boolean;
}

/** How other distributions install a software Vulkan driver. */
const OTHER_DISTRIBUTIONS: Readonly<Record<string, string>> = {
  fedora: "sudo dnf install -y mesa-vulkan-drivers vulkan-loader",
  arch: "sudo pacman -S --noconfirm vulkan-swrast vulkan-icd-loader",
};

/** What is missing, or `undefined` when an adapter opens. */
export function diagnose({ platform, os, root, webgpuLoads, vulkan, adapter, failure }: Facts): Diagnosis | undefined {
  if (adapter !== undefined) return undefined;
  const problem = failure ?? "no WebGPU adapter was found on this machine";
  if (!webgpuLoads) return { problem, fix: "npm install webgpu", installable: false };
  if (platform !== "linux") return { problem, fix: "update the graphics driver, or the system that brings it", installable: false };
  if (vulkan.chosenBy !== null && vulkan.drivers.every(({ present }) => !present)) {
    return { problem: `${problem}: ${vulkan.chosenBy} names no driver that exists`, fix: `unset ${vulkan.chosenBy}`, installable: false };
  }
  if (os !== undefined && canInstall(os)) {
    return { problem, fix: `${root ? "" : "sudo "}npx webgfn doctor --install`, installable: true };
  }
  const family = os === undefined ? undefined : [os.id, ...os.idLike].find((id) => Object.hasOwn(OTHER_DISTRIBUTIONS, id));
  const command = family === undefined ? undefined : OTHER_DISTRIBUTIONS[family];
  return {
    problem,
    fix: command ?? "install a Vulkan driver: the graphics card's, or Mesa's llvmpipe from version 24 on",
    installable: false,
  };
}
