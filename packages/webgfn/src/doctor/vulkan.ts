import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The Vulkan installation of a machine: the loader, and the drivers registered with it. */
export interface Vulkan {
  /** The loader's library, or `null`. */
  loader: string | null;
  /** The variable that chooses the drivers, VK_DRIVER_FILES or VK_ICD_FILENAMES; `null` if neither is set. */
  chosenBy: string | null;
  drivers: { file: string; present: boolean; library: string | null }[];
}

const DRIVER_FOLDERS = ["/usr/local/share/vulkan/icd.d", "/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
const LIBRARY_FOLDERS = ["/usr/local/lib", "/usr/lib64", "/usr/lib", "/lib64", "/lib"];
const LOADER = "libvulkan.so.1";

export function findVulkan(environment: NodeJS.ProcessEnv = process.env): Vulkan {
  const chosenBy = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].find((name) => (environment[name] ?? "") !== "") ?? null;
  const files =
    chosenBy === null
      ? DRIVER_FOLDERS.flatMap((folder) =>
          entries(folder)
            .filter((name) => name.endsWith(".json"))
            .map((name) => join(folder, name)),
        )
      : (environment[chosenBy] as string).split(delimiter);
  return { loader: findLoader(), chosenBy, drivers: files.map((file) => ({ file, present: existsSync(file), library: library(file) })) };
}

function findLoader(): string | null {
  // Debian keeps libraries one folder deeper, by architecture.
  const folders = LIBRARY_FOLDERS.flatMap((folder) => [
    folder,
    ...entries(folder)
      .filter((name) => name.includes("-linux-"))
      .map((name) => join(folder, name)),
  ]);
  return folders.map((folder) => join(folder, LOADER)).find(existsSync) ?? null;
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** The driver's library, as its file states it. */
function library(file: string): string | null {
  try {
    const { ICD } = JSON.parse(readFileSync(file, "utf8")) as { ICD?: { library_path?: unknown } };
    return typeof ICD?.library_path === "string" ? ICD.library_path : null;
  } catch {
    return null;
  }
}
