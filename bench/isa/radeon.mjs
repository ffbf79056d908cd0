// A Radeon that computes nothing: Mesa's driver RADV on the device of mesa-drm-shim. It compiles every pipeline to real instructions.
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const LIBRARIES = "/usr/lib";
const DRIVERS = "/usr/share/vulkan/icd.d";
/** The card that is compiled for unless another one is named. */
export const USUAL_CARD = "navi31";

/** Where the two Debian packages have their files, or what is missing. */
export function findRadeon() {
  const folders = existsSync(LIBRARIES) ? readdirSync(LIBRARIES).map((name) => `${LIBRARIES}/${name}`) : [];
  const shim = folders.map((folder) => `${folder}/libamdgpu_noop_drm_shim.so`).find((path) => existsSync(path));
  const driver = existsSync(DRIVERS) ? readdirSync(DRIVERS).find((name) => name.startsWith("radeon_icd")) : undefined;
  if (shim !== undefined && driver !== undefined) return { shim, driver: `${DRIVERS}/${driver}` };
  return { missing: "needs Debian's packages mesa-vulkan-drivers and mesa-drm-shim (bookworm-backports, or trixie and later)" };
}

/**
 * Compiles a work's kernels, in a process of its own.
 *
 * @param assembly whether the instructions are wanted, too.
 */
export function compileFor({ shim, driver }, card, work, assembly = false) {
  const folder = mkdtempSync(join(tmpdir(), "webgfn-isa-"));
  // A file, because Node makes pipes non-blocking, and the driver loses what does not fit into one.
  const file = join(folder, "stderr.txt");
  const stderr = openSync(file, "w");
  try {
    const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(new URL("probe.mjs", import.meta.url)), JSON.stringify(work)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", stderr],
      timeout: 300_000,
      env: {
        ...process.env,
        AMDGPU_GPU_ID: card,
        LD_PRELOAD: shim,
        VK_DRIVER_FILES: driver,
        VK_ICD_FILENAMES: driver,
        MESA_SHADER_CACHE_DISABLE: "1",
        RADV_DEBUG: `nocache,shaderstats${assembly ? ",cs,asm" : ""}`,
      },
    });
    const said = readFileSync(file, "utf8");
    if (status !== 0) throw new Error(`${work.key} on ${card} ended with ${status}: ${said.slice(-2000)}`);
    return { ...JSON.parse(stdout.trim().split("\n").at(-1)), compiled: pipelinesIn(said) };
  } finally {
    closeSync(stderr);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Names of RADV's statistics. */
const STATISTICS = {
  vgprs: "VGPRs",
  sgprs: "SGPRs",
  spilledVgprs: "Spilled VGPRs",
  spilledSgprs: "Spilled SGPRs",
  scratch: "Scratch size",
  lds: "LDS size",
  waves: "Subgroups per SIMD",
  instructions: "Instructions",
  valu: "VALU",
  latency: "Latency",
  inverseThroughput: "Inverse Throughput",
};

/** The pipelines that RADV compiled. It prints nothing of one that equals an earlier one. */
function pipelinesIn(text) {
  const pipelines = text.split("### pipeline ").slice(1).map(pipelineOf);
  return pipelines.filter(({ instructions }) => !Number.isNaN(instructions));
}

/** What RADV prints while it compiles one pipeline. */
function pipelineOf(text) {
  const statistic = (name) => Number(new RegExp(`^${name}: (\\d+)`, "m").exec(text)?.[1] ?? Number.NaN);
  const statistics = Object.fromEntries(Object.entries(STATISTICS).map(([key, name]) => [key, statistic(name)]));
  const [number, kernel] = text.split("\n", 1)[0].split(" ");
  return { number: Number(number), kernel, text, ...statistics };
}
