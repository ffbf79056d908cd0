// How often each loop of a kernel is taken, for the model: loops in the order of `loopsOf`, once for a subgroup. They were read off the instructions
// of navi31 by hand. Where a kernel has another number of loops than that, it has changed, and the model says nothing until they are read again.

/** By work and kernel. With `timeStep`, the number of a loop, the model gives the cycles of one trip through it; without, those of the whole kernel. */
export const trips = {
  sets: {
    // Records of features; first layer, two times four features; the sums of two layers' parts; words of a set.
    rollout: { loops: [1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 0, 0], timeStep: 1 },
    mlp_backward: { loops: [1, 1, 1, 1, 1] },
    // Zeros of workgroup memory; trajectories of a lane, and the rows of one of them.
    divergence: { loops: [6, 1, 1, 16, 1, 1, 1, 1, 1] },
  },
  "sets-4096": {
    divergence: { loops: [6, 16, 16, 16, 16, 16, 16, 16, 16] },
  },
  "sets-65536": {
    summaries: { loops: [6, 2, 2, 2] },
    highest: { loops: [6, 2] },
    terms: { loops: [6, 2] },
    coefficients: { loops: [6, 2, 2, 16, 2] },
    divergence: { loops: [6] },
  },
  phylogenetics: {
    // Leaves and joins of the replay; a node with a decision; columns of the readout, roots of a lane twice; columns, layers and products of the node.
    gin_backward: { loops: [7, 6, 1, 1, 2, 2, 1, 5, 1, 4, 0, 1], timeStep: 2 },
  },
  "hypergrid-2d-8": {
    // Two features at once; of 64 vec4s each lane takes 16 by four; sums of the parts.
    rollout: { loops: [1, 1, 1, 1, 1, 4, 0, 1, 4, 0, 1], timeStep: 1 },
    mlp_backward: { loops: [1, 1, 1, 1, 1, 16, 0] },
  },
};
