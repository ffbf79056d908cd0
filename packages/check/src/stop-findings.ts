import { type Findings, stateText } from "./report.js";

/** A state that is not terminal, an action, and facts about the next state. */
interface Step {
  state: ArrayLike<number>;
  action: number;
  next: ArrayLike<number>;
  /** Whether the next state is terminal. */
  ends: boolean;
}

/** Checks that the action that stops, and no other, leads to a terminal state. */
export function checkStep(stop: number, { state: words, action, next, ends }: Step, findings: Findings): void {
  const state = Array.from(words);
  const leads = `action ${action} leads from state ${stateText(state)} to state ${stateText(next)}, which is`;
  if (action === stop && !ends)
    findings.problem("stop", `${leads} not terminal, although the environment's stop is ${stop}`, { state, action });
  if (action !== stop && ends) {
    findings.problem("stop", `${leads} terminal, although the environment's stop is ${stop}: no other action may end a trajectory`, {
      state,
      action,
    });
  }
}

/** Checks that a state that is not terminal may stop. */
export function checkMayStop(stop: number, words: ArrayLike<number>, allowed: boolean, findings: Findings): void {
  if (allowed) return;
  const state = Array.from(words);
  const message = `is_allowed denies action ${stop}, the environment's stop, at state ${stateText(state)}`;
  findings.problem("stop", message, { state, action: stop });
}
