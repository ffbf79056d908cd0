// How often each loop of a kernel is taken, for the model: loops in the order of `loopsOf`, once for a subgroup. They were read off the instructions
// of navi31 by hand. Where a kernel has another number of loops than that, it has changed, and the model says nothing until they are read again.

/** By work and kernel. With `timeStep`, the number of a loop, the model gives the cycles of one trip through it; without, those of the whole kernel. */
export const trips = {
  sets: {
    // Records of features; first layer, two times four features; hidden and output layer, each once; words of a set.
    rollout: { loops: [1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 0, 0], timeStep: 0 },
    mlp_backward: { loops: [1, 1, 1, 1, 1] },
  },
  "hypergrid-2d-8": {
    // Two features at once; products over 64 vec4s by four.
    rollout: { loops: [1, 1, 1, 1, 1, 1, 16, 0, 1, 16, 0], timeStep: 1 },
    mlp_backward: { loops: [1, 1, 1, 1, 1, 16, 0] },
  },
};
