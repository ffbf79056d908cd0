import type { Head } from "./network.js";

/** From this many vec4s of logits on, all lanes of a workgroup share the work on a row: 512 actions. */
const WIDE_FROM = 128;
/** As in `shaders/sampler/wide.wgsl`: vec4s of a segment, and bytes of workgroup memory for a segment and for a score. */
const SEGMENT = 16;
const SEGMENT_BYTES = 16;
const SCORE_BYTES = 36;

/** Whether a row of a discrete head is so wide that all lanes of a workgroup share the work on it. */
export function isWide({ name, forward4 }: Head): boolean {
  return name === "categorical" && forward4 >= WIDE_FROM;
}

/** The WGSL module for wide rows. It is loaded on demand: few pages need it. */
export async function wideModules(head: Head): Promise<Record<string, string>> {
  return isWide(head) ? { "sampler/wide": (await import("@webgfn/shaders/sampler/wide.wgsl")).default } : {};
}

/** Bytes of workgroup memory for wide rows, per row of a tile. */
export function wideBytes(head: Head): number {
  if (!isWide(head)) return 0;
  const sides = head.backward === "learned" ? 2 : 1;
  return sides * (SEGMENT_BYTES * Math.ceil(head.forward4 / SEGMENT) + SCORE_BYTES);
}
