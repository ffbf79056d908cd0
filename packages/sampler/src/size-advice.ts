/** What makes the tensors and dispatches of a rollout or a training step smaller: the `fix` of errors where one does not fit. */
export const SIZE_ADVICE = "reduce the batch size, the number of replicas, or the network's width";

/** The same for tables with a row per state of an environment. */
export const STATES_ADVICE = "use a smaller environment";
