import type { Reward } from "./reward.js";

/** A placeholder for a reward that is not available: objects can be sampled, but their log R is unknown. */
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
