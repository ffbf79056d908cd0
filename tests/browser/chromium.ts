/** Debian's Chromium, or another one of this machine, and the switches that give it WebGPU without a GPU. */
import { existsSync } from "node:fs";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where Chromium is; undefined where there is none, and tests in a browser are skipped. */
export const chromiumPath: string | undefined = [process.env["CHROMIUM"], ...PLACES].find((path) => path !== undefined && existsSync(path));

export const CHROMIUM_SWITCHES: string[] = [
  // SwiftShader is what every machine has, and a second implementation beside the one that Node's tests run on.
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
