// The browser's globals that libraries for the browser look for, on top of Dawn for Node.
import { availableParallelism } from "node:os";
import { create, globals } from "webgpu";

/** Held for as long as the process lives: Dawn goes away with it. */
const gpu = create([]);

export function provideNavigator() {
  Object.assign(globalThis, globals);
  const navigator = { gpu, userAgent: "node", hardwareConcurrency: availableParallelism() };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  globalThis.self ??= globalThis;
}
