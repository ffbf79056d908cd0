import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { escapeText, scriptJson, scriptText } from "./html.js";
import { STYLE } from "./style.js";

/** Content security policy: the page fetches nothing, whatever text a configuration contains. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/** The parts that differ between pages. */
export interface PageParts {
  title: string;
  /** CSS in addition to that of all pages. */
  style?: string;
  /** HTML of the page's content. */
  main: string;
  /** The data of the script, and the `id` of the element that holds them as JSON. */
  data: { id: string; value: unknown };
  /** The script of the page, which runs after uPlot; the build bundles it. */
  script: "run-page" | "sweep-page";
}

/** A self-contained HTML file with uPlot and the page's script. */
export function framedPage({ title, style = "", main, data, script }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeText(title)}</title>
<style>
${uplotFile("dist/uPlot.min.css")}
${STYLE}${style}</style>
</head>
<body>
<main>
<h1>${escapeText(title)}</h1>
${main}
</main>
<script type="application/json" id="${data.id}">${scriptJson(data.value)}</script>
<script>/*
${uplotFile("LICENSE")}
*/
${scriptText(uplotFile("dist/uPlot.iife.min.js"))}</script>
<script type="module">${scriptText(bundled(script))}</script>
</body>
</html>
`;
}

function uplotFile(name: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`uplot/${name}`), "utf8").trim();
}

function bundled(script: PageParts["script"]): string {
  return readFileSync(new URL(`./scripts/${script}.js`, import.meta.url), "utf8").trim();
}
