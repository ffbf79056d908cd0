/** Exports for the other packages and tests of this project. They may change in any release: import the package itself instead. */
export { csv } from "./csv.js";
export type { Chart } from "./curves.js";
export { exactPictures } from "./exact-pictures.js";
export { COLOURS, escapeText, tableHtml } from "./html.js";
export { mapsFile } from "./maps-file.js";
export { numberText } from "./numbers.js";
export { sweepCsv } from "./sweep/sweep-csv.js";
export { sweepPage } from "./sweep/sweep-page.js";
export { sweepResult } from "./sweep/sweep-result.js";
export { type PlacedRun, readSweep } from "./sweep/swept-runs.js";
