// Pages with a part that a script makes: it stands between two markers.
import { readFileSync } from "node:fs";
import { writeFile } from "./write-file.mjs";

/** A Markdown table with aligned columns; the first row is its head. */
export function markdownTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  return [line(rows[0]), line(widths.map((width) => "-".repeat(width))), ...rows.slice(1).map(line)].join("\n");
}

/**
 * Writes what a script made into its page, or, with `--check [PAGE]` on the command line, ends with 1 and a complaint where the page says
 * something else.
 *
 * @param words the command line behind the script's name.
 * @param name the markers are `<!-- NAME:start -->` and `<!-- NAME:end -->`.
 */
export function renewPage([flag, given], page, name, sections, complaint) {
  const [start, end] = [`<!-- ${name}:start -->\n`, `<!-- ${name}:end -->`];
  const text = readFileSync(flag === "--check" ? (given ?? page) : page, "utf8");
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for what is made`);
  const wanted = `${text.slice(0, from + start.length)}\n${sections.join("\n\n")}\n\n${text.slice(to)}`;
  if (flag !== "--check") return writeFile(page, wanted);
  if (text === wanted) return;
  process.stderr.write(`${complaint}\n`);
  process.exit(1);
}
