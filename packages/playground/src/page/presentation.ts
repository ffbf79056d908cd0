import { byId } from "./elements.js";

/** Large type, nothing but the figures, and keys: Space trains and pauses, → takes a step, R resets, Escape leaves. */
export function enablePresentation(press: Readonly<Record<"play" | "step" | "reset", () => void>>): void {
  const button = byId<HTMLButtonElement>("present");
  const isOn = () => document.body.classList.contains("present");
  const toggle = (on: boolean) => {
    document.body.classList.toggle("present", on);
    button.setAttribute("aria-pressed", String(on));
    byId("leave-present").hidden = !on;
    // Space would press the button that has the focus.
    (document.activeElement as HTMLElement | null)?.blur();
    dispatchEvent(new Event("resize"));
  };
  button.addEventListener("click", () => toggle(!isOn()));
  byId("leave-present").addEventListener("click", () => toggle(false));
  const keys: Readonly<Record<string, () => void>> = {
    " ": press.play,
    ArrowRight: press.step,
    r: press.reset,
    R: press.reset,
    Escape: () => toggle(false),
  };
  addEventListener("keydown", (event) => {
    const action = keys[event.key];
    const isElsewhere = event.target instanceof Element && event.target.closest("input, select, textarea, button, summary, a") !== null;
    if (!isOn() || action === undefined || event.ctrlKey || event.metaKey || event.altKey || (isElsewhere && event.key !== "Escape"))
      return;
    event.preventDefault();
    action();
  });
}
