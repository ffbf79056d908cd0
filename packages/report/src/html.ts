/** A text as HTML, also within quoted attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON that may stand in a `<script>`: no `<` can end it. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** JavaScript that may stand in a `<script>`. */
export function scriptText(code: string): string {
  return code.replace(/<(?=\/script|!--)/gi, "\\x3c");
}

/** A cell's text, or text with the number of a run's colour before it. */
export type Cell = string | { text: string; colour: number };

/** A table whose first column names its rows. */
export function tableHtml(caption: string, columns: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const head = columns.map((column) => `<th scope="col">${cellHtml(column)}</th>`).join("");
  const body = rows.map(([name = "", ...cells]) => {
    const rest = cells.map((cell) => `<td>${cellHtml(cell)}</td>`).join("");
    return `<tr><th scope="row">${cellHtml(name)}</th>${rest}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeText(caption)}">
<table><caption>${escapeText(caption)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body.join("\n")}
</tbody></table></div>`;
}

function cellHtml(cell: Cell): string {
  return typeof cell === "string" ? escapeText(cell) : `${swatchHtml(cell.colour)}${escapeText(cell.text)}`;
}

/** A sample of a run's line. */
export function swatchHtml(colour: number): string {
  return `<span class="swatch${isDashed(colour) ? " dashed" : ""}" style="color:var(${colourVariable(colour)})"></span>`;
}

/** Colours that can be told apart; further runs take them again, with dashed lines. */
export const COLOURS = 8;

function isDashed(colour: number): boolean {
  return Math.floor(colour / COLOURS) % 2 === 1;
}

function colourVariable(colour: number): string {
  return `--c${colour % COLOURS}`;
}
