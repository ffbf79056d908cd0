import { SCENARIOS, type Scenario } from "../scenarios.js";
import { byId, make } from "./elements.js";

/** The buttons of the scenarios, and the story of the one that is chosen. */
export class ScenarioPicker {
  readonly #buttons: ReadonlyMap<string, HTMLButtonElement>;

  /** @param onChoose receives the scenario whose button is pressed. */
  constructor(onChoose: (scenario: Scenario) => void) {
    this.#buttons = new Map(
      SCENARIOS.map((scenario) => {
        const button = make("button", { type: "button", "aria-pressed": "false" }, scenario.title);
        button.addEventListener("click", () => onChoose(scenario));
        return [scenario.name, button];
      }),
    );
    byId("scenario-list").replaceChildren(...this.#buttons.values());
  }

  /** @param scenario the one whose settings are in use; `undefined` if none has them. */
  show(scenario: Scenario | undefined): void {
    for (const [name, button] of this.#buttons) button.setAttribute("aria-pressed", String(name === scenario?.name));
    byId("story").textContent = scenario?.story ?? "These are settings of your own.";
    byId("hint").replaceChildren(...(scenario === undefined ? [] : [make("strong", {}, "Try: "), scenario.hint]));
  }
}
