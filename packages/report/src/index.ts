export { reportPage } from "./page.js";
export type { Picture } from "./picture.js";
export { drawPictures } from "./pictures.js";
export { type ReportedRun, type RunGroup, readRuns } from "./runs.js";
export { finalValuesCsv } from "./tables.js";
