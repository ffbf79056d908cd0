import type { Environment } from "@webgfn/envs";
import type { Device } from "@webgfn/tensor";
import { counted } from "@webgfn/tensor/internal";
import { checkFinite, type EqualFeatures, nextNonZero } from "./features.js";
import { type InspectedState, inspectStates } from "./inspect-states.js";
import type { ObjectCheck } from "./objects.js";
import { BROKEN, type Visit } from "./random-walks.js";
import { actionsText, type Findings, stateText } from "./report.js";
import { checkMayStop, checkStep } from "./stop-findings.js";

/** Largest number of moves to inspect per broken promise. Messages show the states that an inspection computes. */
const INSPECTED = 4;

/** An action at a state that breaks the promise with this bit of {@link BROKEN}. */
interface BrokenMove {
  state: number[];
  action: number;
  bit: number;
}

/** Checks the visits of random walks, and adds a finding for each broken promise. */
export async function checkWalks(
  device: Device,
  environment: Environment,
  walks: readonly (readonly Visit[])[],
  findings: Findings,
  objects: ObjectCheck,
  equal: EqualFeatures,
): Promise<void> {
  // Check moves first: findings that name an action are the most useful, and only the first few are listed.
  const broken: BrokenMove[] = [];
  for (const visit of walks.flat()) collectBrokenMoves(visit, broken);
  const inspected = await inspectStates(device, environment, broken);
  broken.forEach((move, n) => {
    const [promise, message] = brokenPromise(move, inspected[n] as InspectedState);
    findings.problem(promise, message, { state: move.state, action: move.action });
  });
  for (const walk of walks) {
    walk.forEach((visit, time) => {
      checkMasks(environment, walk, time, findings);
      checkStop(environment, walk, time, findings);
      checkNumbers(environment, visit, time, pathText(walk, time), findings);
      checkFeatures(visit, findings, equal);
      const before = walk[time - 1];
      if (visit.terminal) objects.add(visit.state, visit.logReward, wayText(before), before?.chosen);
    });
  }
}

/** The last action before a state, as the end of a sentence: `; action 2 leads there from state [3]`. */
function wayText(before: Visit | undefined): string {
  if (before?.chosen === undefined) return "";
  return `; action ${before.chosen} leads there from state ${stateText(before.state)}`;
}

function pathText(walk: readonly Visit[], time: number): string {
  const path = walk.slice(0, time).map(({ chosen }) => chosen as number);
  return time === 0 ? "no action leads" : `${counted(time, "action")} (${actionsText(path)}) led`;
}

/** Checks that the trajectory ends within the horizon, and that every non-terminal state allows an action. */
function checkMasks({ horizon }: Environment, walk: readonly Visit[], time: number, findings: Findings): void {
  const visit = walk[time] as Visit;
  const state = Array.from(visit.state);
  if (time === 0 && visit.terminal) findings.problem("is_terminal", `the initial state ${stateText(state)} is terminal`, { state });
  if (visit.terminal) return;
  const before = walk[time - 1];
  const action = before?.chosen === undefined ? {} : { action: before.chosen };
  if (visit.chosen === undefined) {
    const message = `state ${stateText(state)} is not terminal and allows no action${wayText(before)}`;
    findings.problem("is_allowed", message, { state, ...action });
  } else if (time === horizon) {
    const message = `a trajectory has not ended after horizon = ${counted(horizon, "action")}: ${pathText(walk, time)} to state ${stateText(state)}, which is not terminal`;
    findings.problem("horizon", message, { state, ...action });
  }
}

/** Checks the action that stops, if the environment names one. */
function checkStop({ stop }: Environment, walk: readonly Visit[], time: number, findings: Findings): void {
  const { state, terminal, moves, chosen } = walk[time] as Visit;
  if (stop === undefined || terminal) return;
  checkMayStop(stop, state, moves[stop]?.allowed === true, findings);
  const next = walk[time + 1];
  if (chosen !== undefined && next !== undefined) {
    checkStep(stop, { state, action: chosen, next: next.state, ends: next.terminal }, findings);
  }
}

/** Checks `level`, `parent_count`, `initial_state` and `state_index`. */
function checkNumbers({ singleTrajectory }: Environment, visit: Visit, time: number, path: string, findings: Findings): void {
  const state = Array.from(visit.state);
  const text = stateText(state);
  if (visit.level !== time) findings.problem("level", `level is ${visit.level} at state ${text}, but ${path} there`, { state });
  if (visit.initial && time > 0) {
    findings.problem("initial_state", `a trajectory comes back to the initial state ${text}: ${path} there`, { state });
  }
  const undoable = visit.moves.flatMap((move, action) => (move.undoable ? [action] : []));
  if (visit.parentCount !== undoable.length) {
    const message = `it is ${visit.parentCount} at state ${text}, where is_undoable names ${counted(undoable.length, "action")} (${actionsText(undoable)})`;
    findings.problem("parent_count", message, { state });
  }
  if (time === 0 && undoable.length > 0) {
    findings.problem("is_undoable", `it is true at the initial state ${text} for action ${undoable[0]}`, {
      state,
      action: undoable[0] as number,
    });
  }
  if (singleTrajectory === true && undoable.length > 1) {
    const message = `the environment says that every object has one trajectory, but actions ${actionsText(undoable)} can be undone at state ${text}`;
    findings.problem("singleTrajectory", message, { state });
  }
  if (!visit.numbered) {
    const message = `state_at(state_index(s)) is not s for state ${text}, whose state_index is ${visit.index}`;
    findings.problem("state_at/state_index", message, { state });
  }
}

/** Checks that features are finite, that `next_feature` lists those other than 0, and that non-terminal states have different features. */
function checkFeatures({ state: words, terminal, features, following }: Visit, findings: Findings, equal: EqualFeatures): void {
  checkFinite(findings, words, features);
  if (!terminal) equal.add(findings, words, features);
  const expected = nextNonZero(features);
  const start = expected.findIndex((next, from) => next !== following[from]);
  if (start < 0) return;
  const state = Array.from(words);
  const next =
    expected[start] === features.length
      ? `no feature from ${start} on differs from 0, so it must be ${features.length}`
      : `the first feature from ${start} on that is not 0 is ${expected[start]}`;
  const message = `next_feature(s, ${start}) is ${following[start]} at state ${stateText(state)}, but ${next}`;
  findings.problem("next_feature", message, { state });
}

function collectBrokenMoves({ state, moves }: Visit, broken: BrokenMove[]): void {
  moves.forEach(({ broken: bits }, action) => {
    for (const bit of Object.values(BROKEN)) {
      if ((bits & bit) === 0) continue;
      if (broken.filter((other) => other.bit === bit).length < INSPECTED) broken.push({ state: Array.from(state), action, bit });
    }
  });
}

/** The name of the promise that a move breaks, and a sentence about how. */
function brokenPromise({ state: words, action, bit }: BrokenMove, seen: InspectedState): [string, string] {
  const state = stateText(words);
  const next = stateText(seen.next);
  const previous = stateText(seen.previous);
  switch (bit) {
    case BROKEN.notUndoableAfter:
      return [
        "is_undoable",
        `is_allowed allows action ${action} at state ${state}, but is_undoable denies it afterwards, at state ${next}`,
      ];
    case BROKEN.undoDiffers:
      return ["apply/undo", `undo(apply(s, a), a) is not s for state ${state} and action ${action}: it gives ${stateText(seen.undone)}`];
    case BROKEN.levelAfter:
      return ["level", `action ${action} leads from state ${state} at level ${seen.level} to state ${next} at level ${seen.levelAfter}`];
    case BROKEN.terminalBefore:
      return [
        "is_undoable",
        `it is true at state ${state} for action ${action}, but the state before, ${previous}, is terminal and allows no action`,
      ];
    case BROKEN.notAllowedBefore:
      return [
        "is_undoable",
        `it is true at state ${state} for action ${action}, but is_allowed denies that action at the state before, ${previous}`,
      ];
    case BROKEN.applyDiffers:
      return ["apply/undo", `apply(undo(s, a), a) is not s for state ${state} and action ${action}: it gives ${stateText(seen.redone)}`];
    default:
      return [
        "level",
        `undoing action ${action} leads from state ${state} at level ${seen.level} to state ${previous} at level ${seen.levelBefore}`,
      ];
  }
}
