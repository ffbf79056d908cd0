/** Exports for the other packages and tests of this project. They may change in any release: import the package itself instead. */
export { type CoordinateVisit, coordinateWalks } from "./coordinate-walks.js";
export { randomWalks, type Visit } from "./random-walks.js";
