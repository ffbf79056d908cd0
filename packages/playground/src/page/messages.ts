/** What the page tells its visitors: errors, notices, confirmations, and sentences for screen readers. */
import { distanceOf } from "../diagnosis.js";
import type { Frame } from "../protocol.js";
import { byId, numberText } from "./elements.js";
import { sentenceOf } from "./error-words.js";

/** Shortest time in milliseconds between sentences for screen readers. */
const BETWEEN_SENTENCES = 6000;
/** Milliseconds for which a confirmation is shown. */
const SAID = 6000;

let spokenAt = 0;
let saidTimer: ReturnType<typeof setTimeout> | undefined;

/** Shows an error with the button that tries again. */
export function showError(message: string, fix?: string): void {
  byId("error-text").textContent = sentenceOf(message, fix);
  byId("error").hidden = false;
  byId("retry").hidden = false;
  byId("defaults").hidden = true;
}

export function hideError(): void {
  byId("error").hidden = true;
}

/** Shows a notice until the visitor closes it. */
export function showNotice(text: string): void {
  byId("notice-text").textContent = text;
  byId("notice").hidden = false;
}

/** Shows a confirmation for some seconds. */
export function say(text: string): void {
  byId("said").textContent = text;
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => {
    byId("said").textContent = "";
  }, SAID);
}

/** Reports the progress of training from time to time, for screen readers. */
export function speak(frame: Frame, names: readonly string[]): void {
  if (performance.now() - spokenAt < BETWEEN_SENTENCES) return;
  spokenAt = performance.now();
  const said = frame.runs.map(({ values }, n) => `${names[n]} ${numberText(distanceOf(values)?.value ?? Number.NaN)}`);
  byId("spoken").textContent = `Step ${frame.step}: distance of ${said.join(", ")}`;
}
