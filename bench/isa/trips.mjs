// How often each loop of a kernel is taken, for the model: loops in the order of `loopsOf`, once for a subgroup. They were read off the instructions
// of navi31 by hand. Where a kernel has another number of loops than that, it has changed, and the model says nothing until they are read again.

/** By work and kernel. With `timeStep`, the number of a loop, the model gives the cycles of one trip through it; without, those of the whole kernel. */
export const trips = {
  sets: {
    // Records of features; first layer, two times four features; the sums of two layers' parts; words of a set.
    rollout: { loops: [1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 0, 0], timeStep: 1 },
    mlp_backward: { loops: [1, 1, 1, 1, 1] },
  },
  "hypergrid-2d-8": {
    // Two features at once; of 64 vec4s each lane takes 16 by four; sums of the parts.
    rollout: { loops: [1, 1, 1, 1, 1, 4, 0, 1, 4, 0, 1], timeStep: 1 },
    mlp_backward: { loops: [1, 1, 1, 1, 1, 16, 0] },
  },
};
