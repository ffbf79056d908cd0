import type { Workgroups } from "@webgfn/tensor";

/** Workgroups along x; more are folded into z. */
const WIDEST = 32768;

/** Workgroups that go through every state, along x and z; the middle axis is the replica. */
export function foldedWorkgroups(workgroups: number, replicas = 1): Workgroups {
  const x = Math.min(workgroups, WIDEST);
  return [x, replicas, Math.ceil(workgroups / x)];
}
