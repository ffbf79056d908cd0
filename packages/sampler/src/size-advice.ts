/** The `fix` of errors about tensors or dispatches of a rollout or a training step that do not fit. */
export const SIZE_ADVICE = "reduce the batch size, the number of replicas, or the network's width";

/** The same for tables with a row per state of an environment. */
export const STATES_ADVICE = "use a smaller environment";
