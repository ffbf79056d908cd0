// Where Chromium is on this machine, and the switches that tests, pictures and measurements start it with.
import { existsSync } from "node:fs";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where Chromium is; undefined where there is none. */
export const chromiumPath = () => [process.env.CHROMIUM, ...PLACES].find((path) => path !== undefined && existsSync(path));

/** Without what a fresh profile does in the background. */
export const QUIET = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** WebGPU on whatever adapter there is. */
export const WEBGPU = [...QUIET, "--enable-unsafe-webgpu"];

/** SwiftShader is what every machine has, and a second implementation beside the one that Node's tests run on. */
export const SWIFTSHADER = [...WEBGPU, "--use-webgpu-adapter=swiftshader"];
