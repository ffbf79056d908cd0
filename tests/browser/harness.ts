/** One Chromium for a file of tests, and a plain web server for what it opens. */
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright";
import { chromiumPath, SWIFTSHADER } from "../../packages/setup/chromium.mjs";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

export interface Site {
  /** The address, with a slash at the end. */
  url: string;
  close(): void;
}

/**
 * Serves a folder as the dullest of hosts does, under a path below the root, where absolute addresses would show.
 *
 * @param headers sent with everything, such as a content security policy.
 */
export async function serve(folder: string, path = "/some/path/", headers: Readonly<Record<string, string>> = {}): Promise<Site> {
  const server: Server = createServer((request, response) => {
    const asked = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    const file = asked.startsWith(path) ? normalize(asked.slice(path.length)) : "..";
    const name = file === "." || file.endsWith("/") ? join(file, "index.html") : file;
    readFile(name.startsWith("..") ? "" : join(folder, name)).then(
      (content) => response.writeHead(200, { ...headers, "content-type": TYPES[extname(name)] ?? "application/octet-stream" }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://localhost:${port}${path}`, close: () => void server.close() };
}

/** Chromium with WebGPU on SwiftShader. `insecure.test` is this machine too, but no secure origin. */
export function launch(): Promise<Browser> {
  const args = [...SWIFTSHADER, "--host-resolver-rules=MAP insecure.test 127.0.0.1"];
  return chromium.launch({ executablePath: chromiumPath() as string, args });
}

/** A page whose errors, thrown or logged, are collected. */
export async function open(browser: Browser, options: Parameters<Browser["newPage"]>[0] = {}): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage(options);
  // SwiftShader compiles for a while, and other tests run beside this one.
  page.setDefaultTimeout(200_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    // Browsers ask every site for an icon.
    if (message.type() === "error" && !message.location().url.endsWith("favicon.ico")) errors.push(message.text());
  });
  return { page, errors };
}
