import type { Environment } from "@webgfn/envs";
import type { CoordinateVisit } from "./coordinate-walks.js";
import { checkFinite } from "./features.js";
import type { ObjectCheck } from "./objects.js";
import { type Findings, stateText } from "./report.js";

/** The float32 number with these bits. */
function real(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0] as number;
}

/** Checks the visits of walks in an environment with real coordinates as actions, and adds findings. */
export function checkCoordinateWalks(
  { horizon }: Environment,
  walks: readonly (readonly CoordinateVisit[])[],
  findings: Findings,
  objects: ObjectCheck,
): void {
  for (const walk of walks) {
    walk.forEach((visit, time) => {
      checkState(horizon, visit, time, findings);
      if (!visit.terminal) checkMove(visit, findings);
      if (!visit.terminal) checkRange(visit, findings);
      if (time < horizon) checkListing(visit, findings);
    });
    const last = walk[horizon] as CoordinateVisit;
    const before = walk[horizon - 1] as CoordinateVisit;
    if (!last.terminal) continue;
    const words = walk.slice(0, horizon).map(({ action }) => action);
    if (words.some((word, i) => word !== last.state[i])) {
      const state = Array.from(last.state);
      const message = `the first ${horizon} words of terminal state ${stateText(state)} are not its actions in order, ${stateText(words)}`;
      findings.problem("apply", message, { state });
    }
    objects.add(last.state, last.logReward, `; coordinate ${real(before.action)} leads there`, before.action);
  }
}

function checkState(horizon: number, visit: CoordinateVisit, time: number, findings: Findings): void {
  const state = Array.from(visit.state);
  const text = `state ${stateText(state)}, after ${time} of ${horizon} coordinates`;
  if (visit.terminal !== (time === horizon)) {
    findings.problem("is_terminal", `it is ${visit.terminal} at ${text}`, { state });
  }
  if (visit.initial && time > 0) findings.problem("initial_state", `a trajectory comes back to it: ${text}`, { state });
  if (visit.level !== time) findings.problem("level", `level is ${visit.level} at ${text}`, { state });
  if (visit.parentCount !== Math.min(time, 1)) {
    const message = `it is ${visit.parentCount} at ${text}; a state made of coordinates has one parent, and the initial state none`;
    findings.problem("parent_count", message, { state });
  }
}

function checkMove(visit: CoordinateVisit, findings: Findings): void {
  const state = Array.from(visit.state);
  const { action } = visit;
  const text = `coordinate ${real(action)} (action ${action}) at state ${stateText(state)}`;
  const where = { state, action };
  if (!visit.allowed) findings.problem("is_allowed", `it denies ${text}; every coordinate must be allowed`, where);
  if (!visit.reversible) findings.problem("apply/undo", `undo(apply(s, a), a) is not s for ${text}`, where);
  if (!visit.undoable) findings.problem("is_undoable", `it denies the action that was just applied: ${text}`, where);
  if (visit.otherUndoable) findings.problem("is_undoable", `it allows another coordinate than the one that was applied: ${text}`, where);
}

function checkRange({ state: words, range: [low, high] }: CoordinateVisit, findings: Findings): void {
  const state = Array.from(words);
  if (Number.isFinite(low) && Number.isFinite(high) && low < high) return;
  findings.problem("exploration_range", `it is (${low}, ${high}) at state ${stateText(state)}, not an interval of positive length`, {
    state,
  });
}

/** `next_feature` must ascend and may skip only features that are 0. It need not skip a feature that happens to be 0. */
function checkListing({ state: words, features, following }: CoordinateVisit, findings: Findings): void {
  checkFinite(findings, words, features);
  const state = Array.from(words);
  following.forEach((next, start) => {
    const end = Math.min(next, features.length);
    const skipped = features.subarray(start, end).findIndex((value) => value !== 0);
    if (next >= start && next <= features.length && skipped < 0) return;
    const message =
      skipped < 0
        ? `next_feature(s, ${start}) is ${next} at state ${stateText(state)}, not from ${start} to ${features.length}`
        : `next_feature(s, ${start}) is ${next} at state ${stateText(state)} and passes over feature ${start + skipped}, which is not 0`;
    findings.problem("next_feature", message, { state });
  });
}
