import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder, notWritable, reason, shellLine, tell, writeFile } from "@webgfn/runs/node/internal";
import { WebgfnError } from "@webgfn/tensor";
import { type AptFile, type AptSource, hasSuite, ownSource, parseAptSources, stanzaFor } from "./apt-sources.js";
import type { OsRelease } from "./os-release.js";

/** The package with software Vulkan drivers, such as llvmpipe; it brings the Vulkan loader with it. */
const PACKAGE = "mesa-vulkan-drivers";
const BACKPORTS_FILE = "/etc/apt/sources.list.d/webgfn-backports.sources";

/** What has to be written and run, as root, to get the software Vulkan driver. */
export interface InstallPlan {
  file?: AptFile;
  commands: string[][];
}

/** Whether `doctor --install` knows this distribution. */
export function canInstall({ id, version }: OsRelease): boolean {
  if (id === "debian") return version === undefined || version >= 12;
  return id === "ubuntu" && version !== undefined && version >= 24.04;
}

/**
 * Plans the installation. Debian 12's own Mesa (22.3) lacks features that Dawn needs. Its backports suite has a newer one; the plan adds that
 * suite from the mirror that the machine already uses.
 *
 * @throws WebgfnError `file` if the distribution is unknown, or its own source is not found.
 */
export function planInstallation(os: OsRelease, sources: readonly AptSource[]): InstallPlan {
  if (!canInstall(os)) {
    throw new WebgfnError("file", `doctor --install knows Debian from 12 and Ubuntu from 24.04 on, not ${os.name}`, {
      fix: `install a Vulkan driver for your graphics card, or Mesa 24 or later for ${PACKAGE}`,
    });
  }
  const update = ["apt-get", "update"];
  if (os.id !== "debian" || os.version !== 12) return { commands: [update, ["apt-get", "install", "-y", PACKAGE]] };
  const codename = os.codename ?? "bookworm";
  const suite = `${codename}-backports`;
  const commands = [update, ["apt-get", "install", "-y", "-t", suite, PACKAGE]];
  if (hasSuite(sources, suite)) return { commands };
  const source = ownSource(sources, codename);
  if (source === undefined) {
    throw new WebgfnError("file", `no source for ${codename} was found in /etc/apt, so ${suite} cannot be derived from it`, {
      fix: `add the ${suite} suite to apt's sources and run this again`,
    });
  }
  return { file: { path: BACKPORTS_FILE, text: stanzaFor(source, suite) }, commands };
}

/** The files that apt reads its sources from. */
export function readAptSources(folder = "/etc/apt"): AptSource[] {
  const parts = join(folder, "sources.list.d");
  const names = existsSync(parts)
    ? readdirSync(parts)
        .filter((name) => /\.(list|sources)$/.test(name))
        .sort()
    : [];
  const paths = [join(folder, "sources.list"), ...names.map((name) => join(parts, name))];
  return parseAptSources(paths.filter(existsSync).map((path) => ({ path, text: readFileSync(path, "utf8") })));
}

/** What a plan changes, one line per change, and the commands that undo it. */
export interface PlanInWords {
  steps: string[];
  undo: string[];
}

/** Describes what a plan will do. */
export function inWords({ file, commands }: InstallPlan): PlanInWords {
  const adds = file === undefined ? [] : [`a new apt source, ${file.path}, with ${file.text.trimEnd().split("\n").join("; ")}`];
  const removes = file === undefined ? [] : [shellLine("rm", file.path), "apt-get update"];
  return {
    steps: [...adds, ...commands.map((words) => shellLine(...words))],
    undo: [`apt-get remove -y ${PACKAGE}`, "apt-get autoremove -y", ...removes],
  };
}

/** The same as one text for people. */
export function announcement(plan: InstallPlan): string {
  const { steps, undo } = inWords(plan);
  const indented = (lines: readonly string[]) => lines.map((each) => `  ${each}\n`).join("");
  return `The software Vulkan driver is installed by:\n${indented(steps)}To undo it, as root:\n${indented(undo)}`;
}

/**
 * Carries the plan out; the commands' output goes to standard error.
 *
 * @throws WebgfnError `file` when a step fails.
 */
export function carryOutInstallation(plan: InstallPlan): void {
  const { file, commands } = plan;
  tell(announcement(plan));
  if (file !== undefined) {
    try {
      makeFolder(dirname(file.path));
      writeFile(file.path, file.text);
    } catch (cause) {
      throw notWritable(file.path, reason(cause));
    }
    tell(`webgfn: wrote ${file.path}\n`);
  }
  for (const [program, ...args] of commands as [string, ...string[]][]) {
    tell(`webgfn: ${shellLine(program, ...args)}\n`);
    const { status, error } = spawnSync(program, args, {
      stdio: ["ignore", process.stderr.fd, process.stderr.fd],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    if (status !== 0)
      throw new WebgfnError("file", `${program} ${args.join(" ")} failed${error === undefined ? "" : `: ${error.message}`}`);
  }
}
