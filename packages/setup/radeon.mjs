// A Radeon that computes nothing, for the test that compiles every kernel for a GPU. Where it is missing, that test is skipped.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { findRadeon } from "../../bench/isa/radeon.mjs";

const RELEASE = "/etc/os-release";

/** How Debian's mesa-drm-shim is installed, as a change of the machine; `undefined` where it is not needed, or not to be had. */
export function radeonChange() {
  if (findRadeon().missing === undefined || !existsSync("/etc/debian_version")) return undefined;
  // Debian 12 has it among its backports, which the software Vulkan driver comes from, too.
  const isBookworm = existsSync(RELEASE) && /VERSION_CODENAME=bookworm/.test(readFileSync(RELEASE, "utf8"));
  const words = [
    "apt-get",
    "install",
    "-y",
    "--no-install-recommends",
    ...(isBookworm ? ["-t", "bookworm-backports"] : []),
    "mesa-drm-shim",
  ];
  return {
    why: "One test compiles all kernels for a Radeon that is not there, with Debian's mesa-drm-shim. It is installed by:",
    steps: [words.join(" ")],
    undo: ["apt-get remove -y mesa-drm-shim", "apt-get autoremove -y"],
    make: () => install(words),
  };
}

function install([program, ...args]) {
  const { stderr } = spawnSync(program, args, {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (findRadeon().missing !== undefined) process.stderr.write(`${stderr}\nThe test that needs it is skipped.\n`);
}
