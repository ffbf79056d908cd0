import type { Reward } from "./reward.js";

/** A reward that is not at hand: objects can be sampled without it, and their log R is not known. */
export function unknownReward(title: string): Reward {
  return {
    kind: "unknown",
    title,
    bind: ({ stateWords }) => ({
      host: {
        evaluate: async (states) => new Float32Array(states.length / stateWords),
        counts: { all: 0, evaluated: 0, seconds: 0 },
        listUpTo: 0,
      },
    }),
  };
}
