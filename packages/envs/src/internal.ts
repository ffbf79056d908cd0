/** Exports for the other packages and tests of this project. They may change in any release: import the package itself instead. */
export { parseNumericCsv } from "./dags/csv.js";
export { checkSize, MOST_BYTES } from "./data-file.js";
export { parseAlignment } from "./phylogenetics/alignment.js";
