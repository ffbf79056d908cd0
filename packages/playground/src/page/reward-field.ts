import { expressionOf, LONGEST_EXPRESSION, type Settings } from "../settings.js";
import { byId, make } from "./elements.js";

/** The state of the expression in the settings. */
export type RewardState =
  /** It is in use as the reward, or there is none. */
  | "used"
  /** It came with an address or a file, and was never run. */
  | "foreign"
  /** It was in use, and fails for the changed settings. */
  | "failed";

const NOTES: Readonly<Record<RewardState, string>> = {
  used: "The target is this expression’s.",
  foreign:
    "It came with the page’s address or a file. It is a program, and has not been run: the target is still the environment’s own. Read it before you press the button.",
  failed: "",
};

/** The field for the user's own reward. No typed or shown expression runs before the button is pressed. */
export class RewardField {
  readonly #box = byId<HTMLFieldSetElement>("reward-box");
  readonly #text = byId<HTMLTextAreaElement>("reward");
  readonly #button = byId<HTMLButtonElement>("use-reward");
  readonly #note = byId("reward-note");
  readonly #problem = byId("reward-problem");
  #shown: Pick<Settings, "environment" | "reward"> | undefined;
  #state: RewardState = "used";
  #asked = false;

  /**
   * @param onUse receives the text of the field when the button is pressed.
   * @param onEdit is called when the text was changed.
   */
  constructor(onUse: (text: string) => void, onEdit: () => void) {
    this.#text.maxLength = LONGEST_EXPRESSION;
    this.#text.addEventListener("input", () => {
      this.#asked = false;
      this.#forgetProblem();
      this.#describe();
      onEdit();
    });
    // A disabled button would lose the focus, and keyboard users their place.
    this.#button.addEventListener("click", () => {
      if (this.#button.getAttribute("aria-disabled") !== "true") onUse(this.#text.value.trim());
    });
  }

  /** Shows the settings' expression. Typed text that is not in use stays, unless the settings now have another expression. */
  show({ environment, reward }: Settings, state: RewardState): void {
    const expression = expressionOf(environment);
    this.#box.hidden = expression === undefined;
    if (expression === undefined) return;
    const { names, help, example } = expression;
    if (this.#shown?.environment !== environment || this.#shown.reward !== reward) {
      this.#text.value = reward;
      this.#forgetProblem();
    }
    this.#shown = { environment, reward };
    this.#state = state;
    this.#asked = false;
    this.#text.placeholder = example;
    const fields = names.flatMap((name, n) => [...(n === 0 ? [] : [" and "]), make("code", {}, name)]);
    byId("reward-help").replaceChildren(
      "JavaScript with ",
      ...fields,
      `: ${help}. Empty for the environment’s own reward. For example `,
      make("code", {}, example),
    );
    this.#describe();
  }

  /** Shows that the expression is being evaluated. */
  showAsked(): void {
    this.#asked = true;
    this.#forgetProblem();
    this.#describe();
  }

  /** Shows a sentence about an error in the expression. */
  showProblem(sentence: string): void {
    this.#asked = false;
    this.#text.setAttribute("aria-invalid", "true");
    this.#problem.textContent = sentence;
    this.#problem.hidden = false;
    this.#describe();
  }

  #forgetProblem(): void {
    this.#problem.hidden = true;
    this.#text.removeAttribute("aria-invalid");
  }

  #describe(): void {
    const text = this.#text.value.trim();
    const isShown = text === this.#shown?.reward;
    const hasNothingToDo = this.#asked || (isShown && this.#state === "used");
    this.#button.setAttribute("aria-disabled", String(hasNothingToDo));
    this.#button.textContent = text === "" ? "Use the environment’s own" : "Run this expression";
    this.#note.classList.toggle("notice", isShown && this.#state === "foreign" && !this.#asked);
    if (this.#asked) this.#note.textContent = "Evaluating it for every object …";
    else if (!isShown) this.#note.textContent = "Not used yet.";
    else this.#note.textContent = text === "" ? "" : NOTES[this.#state];
  }
}
