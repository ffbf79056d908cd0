/** Escapes a text for HTML, including quoted attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON for a `<script>` element: it contains no `<`, so it cannot end the element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** Escapes JavaScript for a `<script>` element. */
export function scriptText(code: string): string {
  return code.replace(/<(?=\/script|!--)/gi, "\\x3c");
}

/** Sentences about missing or damaged parts; empty without notes. */
export function notesHtml(notes: readonly string[]): string {
  return notes.length === 0 ? "" : `<ul class="notes">${notes.map((note) => `<li>${escapeText(note)}</li>`).join("")}</ul>`;
}

/** A table cell: text, or text after a swatch in a run's colour. */
export type Cell = string | { text: string; colour: number };

/** A table as HTML. The first cell of each row is the row's heading. */
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

/** A short line in a run's colour and dash style. */
export function swatchHtml(colour: number): string {
  return `<span class="swatch${isDashed(colour) ? " dashed" : ""}" style="color:var(${colourVariable(colour)})"></span>`;
}

/** Number of distinct colours. Further runs reuse them with dashed lines. */
export const COLOURS = 8;

function isDashed(colour: number): boolean {
  return Math.floor(colour / COLOURS) % 2 === 1;
}

function colourVariable(colour: number): string {
  return `--c${colour % COLOURS}`;
}
