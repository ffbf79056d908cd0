/** What the project's own tests take from this package; it may change at any time. */
export { type CoordinateVisit, coordinateWalks } from "./coordinate-walks.js";
export { type ListedStates, listStates } from "./listed-states.js";
export { randomWalks, type Visit } from "./random-walks.js";
