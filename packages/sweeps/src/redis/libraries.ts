import { WebgfnError } from "@webgfn/tensor";
import type * as Bull from "bullmq";
import type * as IoRedis from "ioredis";

/** The optional peer dependencies for Redis: a queue, and its connection. */
export interface Libraries {
  readonly bull: typeof Bull;
  readonly Redis: typeof IoRedis.Redis;
}

/** Loads the libraries. @throws WebgfnError `redis` if one of them is not installed. */
export async function loadLibraries(): Promise<Libraries> {
  try {
    const [bull, ioredis] = await Promise.all([importInstalled<typeof Bull>("bullmq"), importInstalled<typeof IoRedis>("ioredis")]);
    return { bull, Redis: ioredis.Redis };
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string };
    const isMissing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
    throw new WebgfnError(
      "redis",
      isMissing
        ? "queues on Redis need the packages `bullmq` and `ioredis`, which are not installed"
        : `the packages \`bullmq\` and \`ioredis\` cannot be loaded: ${message?.split("\n", 1)[0]}`,
      { fix: "npm install bullmq ioredis", cause },
    );
  }
}

/** Imports a package at run time. Bundlers cannot follow a variable specifier, and leave the package out. */
async function importInstalled<Module extends object>(name: string): Promise<Module> {
  const loaded = (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as Module & { default?: Module };
  return loaded.default ?? loaded;
}
