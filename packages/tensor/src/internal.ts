/** What the packages and tests of this project need of this one. It may change in any release: import the package itself instead. */
export { CallQueue } from "./call-queue.js";
export { argumentError } from "./errors.js";
export { largestOf, smallestOf } from "./extremes.js";
export { type Excess, largestThatFits } from "./limits.js";
export { linkWhole } from "./linking/link.js";
export { linkPlain } from "./linking/plain-linker.js";
export { parameterValues, requireParameters, type ValuesOf, withValues } from "./parameters.js";
export { requireArgument } from "./require-argument.js";
export { requireKnown, requireOptions, requireRule, type Schema } from "./schema.js";
export { counted, inBrief, isPlainLine, printable, shownName } from "./show-value.js";
export { Struct, type StructValues } from "./struct.js";
export { nearest, requireEntry, unknownWord } from "./suggest.js";
export { disposeTensors, orFree, type TensorPlan, type TensorPlans, tensorExcess } from "./tensor-plan.js";
