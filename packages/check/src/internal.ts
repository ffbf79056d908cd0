/** What the packages and tests of this project need of this one. It may change in any release: import the package itself instead. */
export { type CoordinateVisit, coordinateWalks } from "./coordinate-walks.js";
export { type ListedStates, listStates } from "./listed-states.js";
export { randomWalks, type Visit } from "./random-walks.js";
