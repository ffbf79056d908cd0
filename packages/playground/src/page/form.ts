import { environmentDeclarations, type FormField, type ParameterValue } from "@webgfn/envs";
import { objectives as declaredObjectives, estimators, makeObjective } from "@webgfn/objectives";
import { isOfSchedule } from "@webgfn/objectives/internal";
import type { Parameters } from "@webgfn/tensor";
import { parameterValues } from "@webgfn/tensor/internal";
import {
  type Choice,
  LETTERS,
  MOST_CHOICES,
  NUMBERS,
  OBJECTIVES,
  OWN_REWARD,
  parametersOf,
  ruleOf,
  type Settings,
  takesEstimator,
} from "../settings.js";
import { curveColour } from "./colours.js";
import { DataField } from "./data-field.js";
import { byId, make } from "./elements.js";

/** Objectives that the button for a further objective adds, in this order. */
const OFFERED = ["renyi", "tb", "reverse-kl", "forward-kl", "tsallis", "vargrad", "db"];

/** The form of the settings. It calls `onChange` with all settings after each change. */
export class Form {
  readonly #environment = byId<HTMLSelectElement>("environment");
  readonly #fields = byId("fields");
  readonly #choices = byId("choices");
  readonly #add = byId<HTMLButtonElement>("add-choice");
  readonly #onChange: (settings: Settings) => void;
  readonly #data = new DataField((env) => this.#change({ env }));
  #settings: Settings;

  constructor(settings: Settings, onChange: (settings: Settings) => void) {
    this.#settings = settings;
    this.#onChange = onChange;
    for (const { name, page } of Object.values(environmentDeclarations)) {
      if (page !== undefined) this.#environment.append(make("option", { value: name }, page.title));
    }
    this.#environment.addEventListener("change", () => {
      const environment = this.#environment.value;
      this.#change({ environment, env: parametersOf(environment), ...OWN_REWARD });
    });
    for (const name of NUMBERS) {
      const input = byId<HTMLInputElement>(name);
      const rule = ruleOf(name);
      input.title = rule.words;
      input.addEventListener("change", () => {
        const isAccepted = input.value !== "" && rule.accepts(Number(input.value));
        const problem = isAccepted ? "" : `This must be ${rule.words}. Until then it stays at ${this.#settings[name]}.`;
        showProblem(input, byId(`${name}-problem`), problem);
        if (isAccepted) this.#change({ [name]: Number(input.value) });
      });
    }
    byId<HTMLSelectElement>("backward").addEventListener("change", ({ currentTarget }) => {
      const backward = (currentTarget as HTMLSelectElement).value as Settings["backward"];
      // The paper's control variate needs a uniform p_B.
      const choices = this.#settings.choices.map((choice) =>
        backward === "learned" && choice.estimator === "paper" ? { ...choice, estimator: "loo" } : choice,
      );
      this.#change({ backward, choices });
    });
    this.#add.addEventListener("click", () => {
      const used = this.#settings.choices.map(({ objective }) => objective);
      const objective = OFFERED.find((name) => !used.includes(name)) ?? "renyi";
      this.#change({ choices: [...this.#settings.choices, choiceOf(objective, this.#settings.backward)] });
    });
    byId<HTMLFormElement>("settings").addEventListener("submit", (event) => event.preventDefault());
    this.show(settings);
  }

  /** Fills the form with settings, without calling `onChange`. */
  show(settings: Settings): void {
    this.#settings = settings;
    const page = environmentDeclarations[settings.environment]?.page;
    this.#environment.value = settings.environment;
    byId("summary").textContent = page?.summary ?? "";
    this.#data.show(settings);
    this.#fields.replaceChildren(...(page?.fields ?? []).flatMap((field) => this.#field(field)));
    for (const name of NUMBERS) {
      const input = byId<HTMLInputElement>(name);
      input.value = String(settings[name]);
      showProblem(input, byId(`${name}-problem`), "");
    }
    byId<HTMLSelectElement>("backward").value = settings.backward;
    if (settings.backward !== "uniform" || settings.exploration !== 0 || settings.replicas !== 1)
      byId<HTMLDetailsElement>("advanced").open = true;
    this.#choices.replaceChildren(...settings.choices.map((choice, n) => this.#choice(choice, n)));
    this.#add.disabled = settings.choices.length >= MOST_CHOICES;
  }

  #change(changes: Partial<Settings>): void {
    const focused = document.activeElement?.id;
    this.show({ ...this.#settings, ...changes });
    // The element with the focus may have been replaced.
    if (focused) document.getElementById(focused)?.focus();
    this.#onChange(this.#settings);
  }

  #field({ name, label, least, most, step = 1, ofOwnReward }: FormField): HTMLElement[] {
    if (ofOwnReward === true && this.#settings.reward !== "") return [];
    const value = this.#settings.env[name];
    // A parameter may be missing: an edited list replaces the seed that the list was drawn with.
    if (typeof value !== "number") return [];
    // An address or a file may have brought a larger one.
    const [low, high] = [Math.min(least, value), Math.max(most, value)];
    const problem = make("span", { className: "problem", id: `env-${name}-problem` });
    const input = make("input", { type: "number", id: `env-${name}`, step: "any", "aria-describedby": problem.id });
    input.value = String(value);
    input.addEventListener("change", () => {
      const given = input.value === "" ? Number.NaN : Number(input.value);
      const isAccepted = given >= low && given <= high && (!Number.isInteger(step) || Number.isInteger(given));
      const words = `${Number.isInteger(step) ? "a whole number" : "a number"} from ${low} to ${high}`;
      showProblem(input, problem, isAccepted ? "" : `This must be ${words}. Until then it stays at ${value}.`);
      if (isAccepted) this.#change({ env: this.#withParameter(name, given) });
    });
    return [make("label", {}, label, input, problem)];
  }

  /** Sets a parameter. Adjusts parameters with an upper bound, and drops an edited list if its length no longer fits. */
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
    const { objective, estimator } = choice;
    const replace = (changes: Partial<Choice>) =>
      this.#change({ choices: this.#settings.choices.map((each, k) => (k === n ? { ...each, ...changes } : each)) });
    const objectives = make("select", { id: `objective-${n}` });
    for (const name of Object.keys(OBJECTIVES)) objectives.append(make("option", { value: name }, OBJECTIVES[name] ?? name));
    objectives.value = objective;
    objectives.disabled = choice.file !== undefined;
    objectives.addEventListener("change", () => replace(choiceOf(objectives.value, this.#settings.backward)));
    const row = make("div", { className: "row" });
    const parameters = parameterFields(choice, n, (changed) => replace({ parameters: { ...choice.parameters, ...changed } }));
    row.append(...parameters);
    if (takesEstimator(objective)) {
      const select = make("select", { id: `estimator-${n}` });
      for (const name of Object.keys(estimators)) select.append(make("option", { value: name }, name));
      select.value = estimator ?? "paper";
      select.title = "How a batch becomes a gradient; see “What the words mean”.";
      select.addEventListener("change", () => replace({ estimator: select.value }));
      row.append(make("label", {}, "Estimator", select));
    }
    const title = choice.file === undefined ? `Objective ${n + 1}` : `Objective ${n + 1}, from ${choice.file}`;
    const head = make("div", { className: "row" }, make("label", {}, title, objectives));
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

/** The parameters that an objective declares, without schedules: a page trains without end. */
function declaredIn(objective: string): Parameters {
  const declared = declaredObjectives[objective]?.parameters ?? {};
  return Object.fromEntries(Object.entries(declared).filter(([name]) => !isOfSchedule(name, declared)));
}

/** The fields of the parameters that the objective declares. */
function parameterFields(
  { objective, parameters: given }: Choice,
  n: number,
  change: (changed: Choice["parameters"]) => void,
): HTMLElement[] {
  return Object.entries(declaredIn(objective)).map(([name, { value: usual, rule, help }]) => {
    const id = `${name}-${n}`;
    const value = String(given[name] ?? usual);
    if (rule.choices !== undefined) {
      const select = make("select", { id });
      for (const each of rule.choices) select.append(make("option", { value: String(each) }, String(each)));
      select.value = value;
      const { choices } = rule;
      select.addEventListener("change", () => change({ [name]: choices[select.selectedIndex] as ParameterValue }));
      return make("label", { title: help }, LETTERS[name] ?? name, select);
    }
    const problem = make("span", { className: "problem", id: `${id}-problem` });
    const input = make("input", { type: "number", id, step: "any", value, "aria-describedby": problem.id });
    input.addEventListener("change", () => {
      const changed = { [name]: input.value === "" ? Number.NaN : Number(input.value) };
      const reason = reasonAgainst(objective, { ...given, ...changed });
      showProblem(input, problem, reason === "" ? "" : `${reason}. Until then it stays at ${value}.`);
      if (reason === "") change(changed);
    });
    return make("label", { title: help }, LETTERS[name] ?? name, input, problem);
  });
}

/** The reason why an objective refuses these parameters; empty if it accepts them. */
function reasonAgainst(objective: string, parameters: Choice["parameters"]): string {
  try {
    makeObjective(objective, parameters);
    return "";
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

/** An objective with its default parameters and estimator. */
function choiceOf(objective: string, backward: Settings["backward"]): Choice {
  const estimator = backward === "learned" ? "loo" : "paper";
  return {
    objective,
    parameters: parameterValues(declaredIn(objective)),
    estimator: takesEstimator(objective) ? estimator : null,
  };
}

/** Says below a field why its value is not used; nothing where it is. */
function showProblem(input: HTMLInputElement, place: HTMLElement, problem: string): void {
  place.textContent = problem;
  if (problem === "") input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
}
