// Packages of Debian that some tests need, as changes of the machine. Where they are missing, those tests are skipped.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const RELEASE = "/etc/os-release";

/** Whether this is Debian 12, whose software drivers come from its backports. */
export const isBookworm = () => existsSync(RELEASE) && /VERSION_CODENAME=bookworm/.test(readFileSync(RELEASE, "utf8"));

/**
 * How packages are installed; `undefined` where they are not needed, or not to be had.
 *
 * @param {object} wanted
 * @param {string} wanted.why what they are for, in a sentence
 * @param {string[]} wanted.packages
 * @param {string[]} [wanted.options] further options of `apt-get install`
 * @param {() => boolean} wanted.isHere whether what they bring is there already
 * @returns {import("./machine-changes.mjs").Change | undefined}
 */
export function debianChange({ why, packages, options = [], isHere }) {
  if (isHere() || !existsSync("/etc/debian_version")) return undefined;
  const steps = [
    ["apt-get", "update"],
    ["apt-get", "install", "-y", "--no-install-recommends", ...options, ...packages],
  ];
  return {
    why: `${why} It is installed by:`,
    steps: steps.map((words) => words.join(" ")),
    undo: [`apt-get remove -y ${packages.join(" ")}`, "apt-get autoremove -y"],
    make: () => install(steps, isHere),
  };
}

function install(steps, isHere) {
  let complaint = "";
  for (const [program, ...args] of steps) {
    const { stderr } = spawnSync(program, args, {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
    });
    complaint = stderr;
  }
  if (!isHere()) process.stderr.write(`${complaint}\nThe tests that need it are skipped.\n`);
}
