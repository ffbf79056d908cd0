import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { redisServerPath } from "../../packages/setup/redis.mjs";

/** Where the server is; without one, the tests that need it are skipped. */
export const SERVER = redisServerPath();

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A Redis of a test's own: on a free port, with its own folder, and an append-only file unless told otherwise. */
export class RedisServer {
  readonly port: number;
  readonly #words: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, words: readonly string[]) {
    this.port = port;
    this.#words = words;
  }

  static async start(folder: string, ...words: string[]): Promise<RedisServer> {
    mkdirSync(folder, { recursive: true });
    const port = await freePort();
    const given = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes", ...words];
    const server = new RedisServer(port, given);
    await server.restart();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, and waits until it accepts connections. */
  async restart(): Promise<void> {
    this.#process = spawn(SERVER as string, this.#words, { stdio: "ignore" });
    for (;;) {
      const socket = connect(this.port, "127.0.0.1");
      const isOpen = await new Promise<boolean>((resolve) => {
        socket.once("connect", () => resolve(true));
        socket.once("error", () => resolve(false));
      });
      socket.destroy();
      if (isOpen) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const ended = once(this.#process as ChildProcess, "close");
    this.#process?.kill("SIGKILL");
    await ended;
  }
}
