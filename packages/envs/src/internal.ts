/** What the packages and tests of this project need of this one. It may change in any release: import the package itself instead. */
export { parseNumericCsv } from "./dags/csv.js";
export { parseAlignment } from "./phylogenetics/alignment.js";
