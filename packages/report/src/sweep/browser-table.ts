type Direction = "ascending" | "descending";

/** The table of all settings: a click on a heading sorts it, and filters hide rows. */
export class SettingsTable {
  readonly #body: HTMLTableSectionElement;
  readonly #rows: readonly HTMLTableRowElement[];
  readonly #texts: ReadonlyMap<number, string>;
  readonly #headings: readonly HTMLTableCellElement[];

  constructor(table: HTMLTableElement) {
    this.#body = table.tBodies[0] as HTMLTableSectionElement;
    this.#rows = Array.from(this.#body.rows);
    this.#texts = new Map(this.#rows.map((row) => [variantOf(row), (row.textContent ?? "").toLowerCase()]));
    this.#headings = Array.from(table.tHead?.rows[0]?.cells ?? []);
    for (const [c, heading] of this.#headings.entries()) {
      heading.querySelector("button")?.addEventListener("click", () => {
        const first = firstOf(heading);
        const current = heading.getAttribute("aria-sort");
        this.#sort(c, current === first ? (first === "ascending" ? "descending" : "ascending") : first);
      });
    }
  }

  /** Sorts by a metric, the best first. */
  sortByMetric(metric: number): void {
    const c = this.#headings.findIndex(({ dataset }) => dataset["metric"] === String(metric));
    const heading = this.#headings[c];
    if (heading !== undefined) this.#sort(c, firstOf(heading));
  }

  /** Whether a row has a text in it. */
  hasText(variant: number, text: string): boolean {
    return this.#texts.get(variant)?.includes(text.toLowerCase()) ?? false;
  }

  /** Hides all rows but those of the given combinations. */
  show(variants: ReadonlySet<number>): void {
    for (const row of this.#rows) row.hidden = !variants.has(variantOf(row));
  }

  #sort(c: number, direction: Direction): void {
    for (const [k, heading] of this.#headings.entries()) {
      if (k === c) heading.setAttribute("aria-sort", direction);
      else heading.removeAttribute("aria-sort");
    }
    const sign = direction === "ascending" ? 1 : -1;
    const keyed = this.#rows.map((row) => ({ row, ...keyOf(row.cells[c]) }));
    keyed.sort((a, b) => {
      // Cells without a number come last in both directions.
      if (a.number === undefined || b.number === undefined) {
        if (a.number !== b.number) return a.number === undefined ? 1 : -1;
        return sign * a.text.localeCompare(b.text);
      }
      return sign * (a.number - b.number);
    });
    this.#body.append(...keyed.map(({ row }) => row));
  }
}

function variantOf({ dataset }: HTMLTableRowElement): number {
  return Number(dataset["variant"]);
}

function firstOf({ dataset }: HTMLTableCellElement): Direction {
  return dataset["first"] === "descending" ? "descending" : "ascending";
}

function keyOf(cell: HTMLTableCellElement | undefined): { text: string; number: number | undefined } {
  const text = cell?.textContent ?? "";
  const number = Number(cell?.dataset["number"] ?? (text === "" ? Number.NaN : text));
  return { text, number: Number.isNaN(number) ? undefined : number };
}
