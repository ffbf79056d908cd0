import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { adapterText, line } from "@webgfn/runs/internal";
import { enumerateQuietly, openQuietly } from "@webgfn/runs/node/internal";
import { type Device, WebgfnError } from "@webgfn/tensor";
import { argumentError, shownName } from "@webgfn/tensor/internal";
import type { ListedAdapter } from "@webgfn/tensor/node";
import { ADAPTER_OPTION } from "../adapter-option.js";
import type { Arguments, Command } from "../command.js";
import { type Diagnosis, diagnose, type Facts } from "../doctor/diagnosis.js";
import { announcement, carryOutInstallation, inWords, planInstallation, readAptSources } from "../doctor/install.js";
import { parseOsRelease } from "../doctor/os-release.js";
import { findVulkan } from "../doctor/vulkan.js";
import { print } from "../output.js";

export const doctor: Command = {
  name: "doctor",
  summary: "show this machine's adapters and the one that opens, or the one command that fixes a missing one",
  operands: "",
  mostOperands: 0,
  options: {
    install: { text: "install the software Vulkan driver (Debian or Ubuntu, as root); says before what it changes" },
    "dry-run": { text: "with --install: only say what it would change, and how to undo it" },
    ...ADAPTER_OPTION,
    json: { text: "print the findings as one JSON object" },
  },
  parameters: [],
  examples: ["doctor", "doctor --json", "doctor --install --dry-run", "doctor --install"],
  run,
};

/** WebGPU limits that restrict the sizes of models and batches. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupsPerDimension",
] as const;

interface Findings extends Facts {
  /** All adapters of this machine. */
  adapters: readonly ListedAdapter[];
  limits: Partial<Record<(typeof LIMITS)[number], number>>;
  features: string[];
}

async function run(given: Arguments): Promise<number> {
  if (given.switches.has("dry-run") && !given.switches.has("install")) throw argumentError("--dry-run goes with --install");
  const findings = await examine();
  const diagnosis = diagnose(findings);
  if (given.switches.has("install") && diagnosis !== undefined) return install(given, findings, diagnosis);
  await print(given.switches.has("json") ? report(findings, diagnosis) : readable(findings, diagnosis));
  return diagnosis === undefined ? 0 : 1;
}

async function examine(): Promise<Findings> {
  const webgpuLoads = await import("webgpu").then(
    () => true,
    () => false,
  );
  const opened = await openQuietly().then(
    (device): { device: Device } => ({ device }),
    (error: unknown) => {
      // The user asked for an adapter that does not exist: no installation mends that.
      if (error instanceof WebgfnError && error.code === "argument") throw error;
      return { failure: error instanceof Error ? error.message : String(error) };
    },
  );
  const device = "device" in opened ? opened.device : undefined;
  const findings = {
    platform: process.platform,
    os: existsSync("/etc/os-release") ? parseOsRelease(readFileSync("/etc/os-release", "utf8")) : undefined,
    root: process.getuid?.() === 0,
    webgpuLoads,
    vulkan: findVulkan(),
    adapter: device?.adapter,
    failure: "failure" in opened ? opened.failure : undefined,
    adapters: device === undefined ? [] : await enumerateQuietly(),
    limits: device === undefined ? {} : Object.fromEntries(LIMITS.map((name) => [name, device.limits[name]])),
    features: device === undefined ? [] : [...device.gpu.features].sort(),
  };
  device?.dispose();
  return findings;
}

async function install(given: Arguments, { os, root }: Findings, { problem, fix, installable }: Diagnosis): Promise<number> {
  const dry = given.switches.has("dry-run");
  if (!installable || os === undefined || (!root && !dry)) throw new WebgfnError("no-adapter", problem, { fix });
  const plan = planInstallation(os, readAptSources());
  if (dry) {
    await print(given.switches.has("json") ? line(inWords(plan)) : announcement(plan));
    return 0;
  }
  carryOutInstallation(plan);
  // The Vulkan loader reads its list of drivers once per process, so run doctor again in a new process.
  const again = [process.argv[1] as string, "doctor", ...(given.switches.has("json") ? ["--json"] : [])];
  return spawnSync(process.execPath, again, { stdio: "inherit" }).status ?? 1;
}

function report(
  { platform, os, webgpuLoads, vulkan, adapter, adapters, limits, features }: Findings,
  diagnosis: Diagnosis | undefined,
): string {
  return line({
    node: process.versions.node,
    platform,
    system: os?.name ?? null,
    webgpu: webgpuLoads,
    vulkan,
    adapter: adapter ?? null,
    adapters: adapters.map(({ index, name, type, address, choice }) => ({
      index,
      name,
      type,
      address: address ?? null,
      choice: choice ?? null,
    })),
    limits,
    features,
    problem: diagnosis?.problem ?? null,
    fix: diagnosis?.fix ?? null,
  });
}

function readable(
  { platform, os, webgpuLoads, vulkan, adapter, adapters, limits, features }: Findings,
  diagnosis: Diagnosis | undefined,
): string {
  const rows: [string, string][] = [
    ["Node", `${process.versions.node} on ${os?.name ?? platform}`],
    ["webgpu", webgpuLoads ? "loads" : "is not installed"],
  ];
  if (platform === "linux") {
    rows.push(["Vulkan", vulkan.loader ?? "no loader (libvulkan.so.1)"]);
    const files = vulkan.drivers.map(({ file, present }) => (present ? file : `${file} (missing)`));
    const chosen = vulkan.chosenBy === null ? [] : [`chosen by ${vulkan.chosenBy}`];
    const lines = [...chosen, ...(files.length === 0 ? ["none"] : files)];
    for (const [index, text] of lines.entries()) rows.push([index === 0 ? "drivers" : "", text]);
  }
  for (const [index, each] of adapters.entries()) rows.push([index === 0 ? "adapters" : "", listed(each)]);
  rows.push(["adapter", adapter === undefined ? "none" : adapterText(adapter)]);
  if (adapter !== undefined) {
    for (const [index, [name, value]] of Object.entries(limits).entries()) rows.push([index === 0 ? "limits" : "", `${name} ${value}`]);
    rows.push(["features", features.join(", ") || "none"]);
  }
  const verdict =
    diagnosis === undefined
      ? "All is well: webgfn can run here."
      : `webgfn cannot run here: ${diagnosis.problem}.\nThis fixes it:\n\n  ${diagnosis.fix}`;
  return `${rows.map(([name, text]) => `  ${name.padEnd(10)}${text}`).join("\n")}\n\n${verdict}\n`;
}

/** One line of the list of adapters. */
function listed({ index, name, address, choice }: ListedAdapter): string {
  const place = address === undefined ? "" : ` at ${address}`;
  return `${index}  ${shownName(name)}${place}${choice === undefined ? " (nothing tells it from an earlier one)" : ""}`;
}
