import { environmentDeclarations, type FormField, type ParameterValue } from "@webgfn/envs";
import { estimators, objectiveNames } from "@webgfn/objectives";
import { type Choice, MOST_CHOICES, NUMBERS, OBJECTIVES, parametersOf, type Settings, takesAlpha, takesEstimator } from "../settings.js";
import { curveColour } from "./colours.js";
import { byId, make } from "./elements.js";

/** Objectives that are offered first when another one is added. */
const OFFERED = ["tb", "reverse-kl", "tsallis", "forward-kl", "vargrad", "db"];

/** The form: what to train and how. Whatever changes in it is reported whole. */
export class Form {
  readonly #environment = byId<HTMLSelectElement>("environment");
  readonly #fields = byId("fields");
  readonly #choices = byId("choices");
  readonly #add = byId<HTMLButtonElement>("add-choice");
  readonly #onChange: (settings: Settings) => void;
  #settings: Settings;

  constructor(settings: Settings, onChange: (settings: Settings) => void) {
    this.#settings = settings;
    this.#onChange = onChange;
    for (const { name, page } of Object.values(environmentDeclarations)) {
      this.#environment.append(make("option", { value: name }, page.title));
    }
    this.#environment.addEventListener("change", () => {
      const environment = this.#environment.value;
      this.#change({ environment, env: parametersOf(environment) });
    });
    for (const name of NUMBERS) {
      const input = byId<HTMLInputElement>(name);
      input.addEventListener("change", () => {
        if (input.reportValidity()) this.#change({ [name]: Number(input.value) });
      });
    }
    this.#add.addEventListener("click", () => {
      const used = this.#settings.choices.map(({ objective }) => objective);
      const objective = OFFERED.find((name) => !used.includes(name)) ?? "renyi";
      this.#change({ choices: [...this.#settings.choices, choiceOf(objective)] });
    });
    byId<HTMLFormElement>("settings").addEventListener("submit", (event) => event.preventDefault());
    this.show(settings);
  }

  /** Puts settings into the form, without reporting them. */
  show(settings: Settings): void {
    this.#settings = settings;
    const page = environmentDeclarations[settings.environment]?.page;
    this.#environment.value = settings.environment;
    byId("summary").textContent = page?.summary ?? "";
    this.#fields.replaceChildren(...(page?.fields ?? []).flatMap((field) => this.#field(field)));
    for (const name of NUMBERS) byId<HTMLInputElement>(name).value = String(settings[name]);
    this.#choices.replaceChildren(...settings.choices.map((choice, n) => this.#choice(choice, n)));
    this.#add.disabled = settings.choices.length >= MOST_CHOICES;
  }

  #change(changes: Partial<Settings>): void {
    const focused = document.activeElement?.id;
    this.show({ ...this.#settings, ...changes });
    // What had the focus may have been made anew.
    if (focused) document.getElementById(focused)?.focus();
    this.#onChange(this.#settings);
  }

  #field({ name, label, least, most, step = 1 }: FormField): HTMLElement[] {
    const value = this.#settings.env[name];
    // Edited scores have no seed.
    if (typeof value !== "number") return [];
    const input = make("input", { type: "number", id: `env-${name}`, min: String(least), max: String(most), step: String(step) });
    input.value = String(value);
    input.addEventListener("change", () => {
      if (input.reportValidity()) this.#change({ env: this.#withParameter(name, Number(input.value)) });
    });
    return [make("label", {}, label, input)];
  }

  /** Keeps one parameter at most as large as another, and drops an edited list that has another length now. */
  #withParameter(name: string, value: number): Record<string, ParameterValue> {
    const page = environmentDeclarations[this.#settings.environment]?.page;
    const env: Record<string, ParameterValue> = { ...this.#settings.env, [name]: value };
    for (const [smaller, larger] of page?.atMost ?? []) {
      if (Number(env[smaller]) > Number(env[larger])) env[name === smaller ? larger : smaller] = value;
    }
    const editor = page?.editor;
    if (editor?.kind !== "list") return env;
    const { [editor.name]: list, ...rest } = env;
    if (Array.isArray(list) && list.length === env[editor.length]) return env;
    const seed = page?.parameters[editor.replaces];
    return seed === undefined ? rest : { [editor.replaces]: seed, ...rest };
  }

  #choice(choice: Choice, n: number): HTMLElement {
    const { objective, alpha, estimator } = choice;
    const replace = (changes: Partial<Choice>) =>
      this.#change({ choices: this.#settings.choices.map((each, k) => (k === n ? { ...each, ...changes } : each)) });
    const objectives = make("select", { id: `objective-${n}` });
    for (const name of objectiveNames) objectives.append(make("option", { value: name }, OBJECTIVES[name] ?? name));
    objectives.value = objective;
    objectives.addEventListener("change", () => replace(choiceOf(objectives.value)));
    const row = make("div", { className: "row" });
    if (takesAlpha(objective)) {
      const input = make("input", { type: "number", id: `alpha-${n}`, min: "-5", max: "5", step: "0.1", value: String(alpha ?? 0.5) });
      input.addEventListener("change", () => {
        const value = Number(input.value);
        input.setCustomValidity(value === 0 || value === 1 ? "α may not be 0 or 1: their limits are the forward and the reverse KL" : "");
        if (input.reportValidity()) replace({ alpha: value });
      });
      row.append(make("label", {}, "α", input));
    }
    if (takesEstimator(objective)) {
      const select = make("select", { id: `estimator-${n}` });
      for (const name of Object.keys(estimators)) select.append(make("option", { value: name }, name));
      select.value = estimator ?? "paper";
      select.addEventListener("change", () => replace({ estimator: select.value }));
      row.append(make("label", {}, "Estimator", select));
    }
    const head = make("div", { className: "row" }, make("label", {}, `Objective ${n + 1}`, objectives));
    if (this.#settings.choices.length > 1) {
      const remove = make("button", { type: "button", className: "remove", "aria-label": `Remove objective ${n + 1}` }, "✕");
      remove.addEventListener("click", () => this.#change({ choices: this.#settings.choices.filter((_, k) => k !== n) }));
      head.append(remove);
    }
    const element = make("div", { className: "choice" }, head, row);
    element.style.borderColor = curveColour(n);
    return element;
  }
}

function choiceOf(objective: string): Choice {
  return { objective, alpha: takesAlpha(objective) ? 0.5 : null, estimator: takesEstimator(objective) ? "paper" : null };
}
