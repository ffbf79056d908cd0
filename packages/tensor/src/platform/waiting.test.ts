/** How each platform waits for WebGPU: in Node it sleeps a little in each turn, in Firefox it submits empty commands. */
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { GpuDevice } from "../webgpu.js";
import { waitFor as waitInBrowser } from "./browser.js";
import { waitFor as waitInNode } from "./node.js";

const MILLISECONDS = 300;

/** How many turns the event loop takes while something that keeps it busy, as Dawn does, is waited for. */
async function turnsDuring(wait: Promise<unknown>): Promise<number> {
  let over = false;
  void wait.finally(() => {
    over = true;
  });
  let turns = 0;
  for (; !over; turns++) await turn();
  return turns;
}

describe("a wait in Node", () => {
  it("sleeps in the turns of the event loop", async () => {
    const busy = await turnsDuring(sleep(MILLISECONDS));
    const resting = await turnsDuring(waitInNode(undefined, sleep(MILLISECONDS)));
    expect(resting).toBeLessThan(busy / 4);
    expect(resting).toBeGreaterThan(MILLISECONDS / 10);
  });

  it("sleeps from the beginning where the wait before took long", async () => {
    await waitInNode(undefined, sleep(100));
    expect(await turnsDuring(waitInNode(undefined, sleep(20)))).toBeLessThan(60);
  });

  it("sleeps once a turn, after however many waits", async () => {
    for (let wait = 0; wait < 20; wait++) await waitInNode(undefined, Promise.resolve());
    const slept = vi.spyOn(Atomics, "wait");
    const turns = await turnsDuring(waitInNode(undefined, sleep(MILLISECONDS)));
    expect(slept.mock.calls.length).toBeLessThanOrEqual(turns + 1);
    slept.mockRestore();
  });

  it("gives what was promised, and stops sleeping", async () => {
    expect(await Promise.all([waitInNode(undefined, Promise.resolve(7)), waitInNode(undefined, sleep(5, 8))])).toEqual([7, 8]);
    await expect(waitInNode(undefined, Promise.reject(new Error("lost")))).rejects.toThrow("lost");
    const slept = vi.spyOn(Atomics, "wait");
    await turnsDuring(sleep(MILLISECONDS / 4));
    expect(slept).not.toHaveBeenCalled();
  });
});

describe("a wait in a browser", () => {
  afterEach(() => vi.unstubAllGlobals());

  /** The number of empty submissions while a promise is open. */
  async function submissionsDuring(userAgent: string): Promise<number> {
    vi.stubGlobal("navigator", { userAgent });
    const submit = vi.fn();
    expect(await waitInBrowser({ queue: { submit } } as unknown as GpuDevice, sleep(100, "mapped"))).toBe("mapped");
    const during = submit.mock.calls.length;
    await sleep(50);
    expect(submit.mock.calls).toEqual(Array.from({ length: during }, () => [[]]));
    return during;
  }

  it("submits empty commands in Firefox until the promise is settled", async () => {
    expect(await submissionsDuring("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")).toBeGreaterThan(4);
  });

  it("submits nothing elsewhere", async () => {
    const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
    expect(await submissionsDuring(chrome)).toBe(0);
  });
});
