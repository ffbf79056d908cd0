import "./take-away.css";
import { WebgfnError } from "@webgfn/tensor";
import type { Column } from "@webgfn/trainer";
import { make } from "../page/elements.js";
import { nameOf, type Settings } from "../settings.js";
import { commandLine, program } from "./code.js";
import { type CurveRecord, curvesCsv } from "./curves-csv.js";
import { savePng, saveSvg, saveText } from "./save.js";
import { iframeSnippet } from "./snippets.js";

/** A figure of the page that can be saved. */
export interface SavedFigure {
  /** The name of the figure and of its file, such as `learned-renyi`. */
  name: string;
  /** A drawing, or the text of an SVG file, as `heatMapSvg` writes it. */
  content: SVGSVGElement | string;
}

/** The content that visitors can download. Each part is requested when the user opens the section or presses a button. */
export interface TakeAwaySource {
  settings(): Settings;
  /** Training steps of the code, such as those that the page has taken. */
  steps(): number;
  /** The page's address with the settings. */
  address(): string;
  figures(): readonly SavedFigure[];
  /** All evaluations of the run; undefined before there is one. */
  curves(): { columns: readonly Column[]; records: readonly CurveRecord[] } | undefined;
}

/** Puts buttons and texts to take away into an element. */
export function mountTakeAway(place: HTMLElement, source: TakeAwaySource): void {
  const said = make("p", { className: "faint" });
  said.setAttribute("role", "status");
  const button = (text: string, action: () => void | Promise<void>) => {
    const element = make("button", { type: "button" }, text);
    element.addEventListener("click", async () => {
      said.textContent = "";
      try {
        await action();
      } catch (cause) {
        if (!(cause instanceof WebgfnError)) throw cause;
        said.textContent = cause.fix === undefined ? `${cause.message}.` : `${cause.message}. What to do: ${cause.fix}.`;
      }
    });
    return element;
  };
  const copied = (title: string, text: string) => {
    const code = make("pre", { tabIndex: 0, "aria-label": title }, make("code", {}, text));
    const copy = button("Copy", async () => {
      try {
        await navigator.clipboard.writeText(text);
        said.textContent = `Copied: ${title}.`;
      } catch {
        getSelection()?.selectAllChildren(code);
        said.textContent = "The browser refused the clipboard. The text is selected instead.";
      }
    });
    return make("div", { className: "take-away-code" }, make("h3", {}, title, copy), code);
  };
  /** A section whose content is remade whenever it is opened. */
  const section = (title: string, content: () => (Node | string)[]) => {
    const body = make("div");
    const details = make("details", {}, make("summary", {}, title), body);
    details.addEventListener("toggle", () => {
      if (details.open) body.replaceChildren(...content());
    });
    return details;
  };
  place.classList.add("take-away");
  place.replaceChildren(
    section("Pictures and curves", () => {
      const figures = source.figures().map(({ name, content }) => {
        const files = [button("PNG", () => savePng(content, name)), button("SVG", () => saveSvg(content, name))];
        for (const file of files) file.setAttribute("aria-label", `${name}, ${file.textContent}`);
        return make("li", {}, make("span", {}, name), ...files);
      });
      const curves = source.curves();
      const labels = source.settings().choices.map(nameOf);
      const table = curves && button("CSV", () => saveText("curves.csv", curvesCsv(labels, curves.columns, curves.records)));
      table?.setAttribute("aria-label", "curves, CSV");
      return [make("ul", {}, ...figures, ...(table === undefined ? [] : [make("li", {}, make("span", {}, "curves"), table)]))];
    }),
    section("The same as code", () => {
      const settings = source.settings();
      const steps = Math.max(1, source.steps());
      return settings.choices.flatMap((choice) => {
        const { command, files } = commandLine(settings, choice, steps);
        const saved = files.map(({ name, text }) => button(`Save ${name}`, () => saveText(name, text)));
        return [
          copied(`${nameOf(choice)}: command line`, command),
          ...(saved.length === 0 ? [] : [make("p", { className: "faint" }, "The command reads: ", ...saved)]),
          copied(`${nameOf(choice)}: TypeScript`, program(settings, choice, steps)),
        ];
      });
    }),
    section("Embed", () => [copied("HTML", iframeSnippet(source.address()))]),
    said,
  );
}
