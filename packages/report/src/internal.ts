/** What packages and tests of this project need of this one. It may change in any release: import the package itself instead. */

export { csv } from "./csv.js";
export type { Chart } from "./curves.js";
export { exactPictures } from "./exact-pictures.js";
export { COLOURS, escapeText, tableHtml } from "./html.js";
export { mapsFile } from "./maps-file.js";
export { numberText } from "./numbers.js";
