import { make } from "../page/elements.js";

/** A figure of the article: a picture, one control, a readout in words, and a caption with something to try. */
export interface ArticleFigure {
  element: HTMLElement;
  /** Sets a sentence about the picture, which screen readers say when it changes. */
  say(text: string): void;
}

/** @param control the element of a {@link slider}, or a button. */
export function articleFigure(picture: Node, control: HTMLElement, caption: string): ArticleFigure {
  const readout = make("p", { className: "article-readout" });
  readout.setAttribute("role", "status");
  const element = make("figure", { className: "article-figure" }, picture, control, readout, make("figcaption", {}, caption));
  return {
    element,
    say(text) {
      readout.textContent = text;
    },
  };
}

/** A slider with its label, and the value in words next to it. */
export interface Slider {
  element: HTMLElement;
  readonly value: number;
}

export function slider(
  label: string,
  { least, most, step, value }: { least: number; most: number; step: number; value: number },
  text: (value: number) => string,
  onInput: (value: number) => void,
): Slider {
  const output = make("output", {}, text(value));
  const input = make("input", { type: "range", min: String(least), max: String(most), step: String(step), value: String(value) });
  input.setAttribute("aria-valuetext", text(value));
  input.addEventListener("input", () => {
    output.textContent = text(input.valueAsNumber);
    input.setAttribute("aria-valuetext", text(input.valueAsNumber));
    onInput(input.valueAsNumber);
  });
  const element = make("label", { className: "article-control" }, make("span", {}, label), input, output);
  return {
    element,
    get value() {
      return input.valueAsNumber;
    },
  };
}
