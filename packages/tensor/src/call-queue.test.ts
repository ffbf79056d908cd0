import { describe, expect, it } from "vitest";
import { CallQueue } from "./call-queue.js";

/** Work that ends when the test says so. */
function pending<T = void>() {
  let resolve!: (value: T) => void;
  let reject!: (cause: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  return { promise, resolve, reject };
}

const turns = () => new Promise((resolve) => setTimeout(resolve));

describe("CallQueue", () => {
  it("runs calls one after another, the first of them before it returns", async () => {
    const queue = new CallQueue("the thing");
    const log: string[] = [];
    const works = ["a", "b", "c"].map((name) => ({ name, end: pending() }));
    const calls = works.map(({ name, end }) =>
      queue.run(async () => {
        log.push(name);
        await end.promise;
        return name;
      }),
    );
    expect(log).toEqual(["a"]);
    works[2]!.end.resolve();
    works[1]!.end.resolve();
    await turns();
    expect(log).toEqual(["a"]);
    works[0]!.end.resolve();
    expect(await Promise.all(calls)).toEqual(["a", "b", "c"]);
    expect(log).toEqual(["a", "b", "c"]);
  });

  it("goes on after a call that fails, whether it throws or rejects", async () => {
    const queue = new CallQueue("the thing");
    const thrown = queue.run(() => {
      throw new Error("thrown");
    });
    const rejected = queue.run(() => Promise.reject(new Error("rejected")));
    const fine = queue.run(async () => 3);
    await expect(thrown).rejects.toThrow("thrown");
    await expect(rejected).rejects.toThrow("rejected");
    expect(await fine).toBe(3);
    expect(() => queue.requireIdle("restore()")).not.toThrow();
  });

  it("refuses calls that cannot wait while another is under way", async () => {
    const queue = new CallQueue("the thing");
    const end = pending();
    const call = queue.run(() => end.promise);
    expect(() => queue.requireIdle("restore()")).toThrow(
      expect.objectContaining({ code: "busy", message: "the thing is in the middle of another call, so that restore() is refused" }),
    );
    end.resolve();
    await call;
    queue.requireIdle("restore()");
  });

  it("frees at once where nothing runs, otherwise when the running call has ended; calls that wait never start", async () => {
    const log: string[] = [];
    const idle = new CallQueue("the thing");
    idle.dispose(() => log.push("idle"));
    idle.dispose(() => log.push("again"));
    expect(log).toEqual(["idle"]);
    await expect(idle.run(async () => log.push("late"))).rejects.toMatchObject({
      code: "disposed",
      message: "the thing was disposed of",
    });

    const queue = new CallQueue("the thing");
    const end = pending<number>();
    const running = queue.run(() => end.promise);
    const waiting = queue.run(async () => log.push("waiting"));
    queue.dispose(() => log.push("freed"));
    expect(queue.signal.aborted).toBe(true);
    await turns();
    expect(log).toEqual(["idle"]);
    end.resolve(5);
    expect(await running).toBe(5);
    await expect(waiting).rejects.toMatchObject({ code: "disposed" });
    await turns();
    expect(log).toEqual(["idle", "freed"]);
  });

  it("names the disposal as the reason of a call that failed through it", async () => {
    const queue = new CallQueue("the thing");
    const end = pending();
    const running = queue.run(() => end.promise);
    queue.dispose(() => {});
    end.reject(new Error("its buffers are gone"));
    await expect(running).rejects.toMatchObject({ code: "disposed", message: "the thing was disposed of" });
  });
});
