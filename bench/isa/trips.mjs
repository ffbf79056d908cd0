// How often each loop of a kernel is taken, for the model: loops in the order of `loopsOf`, once for a subgroup. They were read off the instructions
// of navi31 by hand. Where a kernel has another number of loops than that, it has changed, and the model says nothing until they are read again.
//
// The first loop of most kernels sets workgroup memory to zero, 1 KiB a trip. `weight_gradient`: layers until one's own, trajectories of a part, and
// their rows by two. `reduce_gradient`: zeros, the search for a fault (none), vec4s. `update`: zeros, sums of the other workgroups, vec4s.

/**
 * By work and kernel. With `timeStep`, the number of a loop, the model tells the cycles of one trip through it, too. `phases` say how often it is taken,
 * with other numbers for the loops in it where they have some; without, it is taken once.
 */
export const trips = {
  sets: {
    // Records of features; first layer, two times four features; the sums of two layers' parts; the head's mask,
    // rows and exponentials; words of a set. A set of 16 items.
    rollout: { loops: [1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0], timeStep: 1, phases: [{ times: 16 }] },
    mlp_backward: { loops: [1, 1, 1, 1, 1] },
    // Zeros; trajectories of a lane, and the rows of one of them.
    divergence: { loops: [6, 1, 1, 16, 1, 1, 1, 1, 1] },
    weight_gradient: { loops: [2, 4, 8] },
    reduce_gradient: { loops: [2, 0, 1] },
    update: { loops: [2, 1, 1] },
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
    // Copies of the leaves' records (none: a workgroup has one trajectory); features; five layers, each with four times four k; slots; columns of a pair; vec4s of the logits and of the mask; the choice; patterns of the alignment.
    // Six leaves have no pairs yet, then come six joins, and the last of them is rewarded.
    rollout: {
      loops: [1, 0, 1, 5, 1, 4, 0, 1, 1, 7, 1, 16, 1, 6, 6, 0],
      timeStep: 0,
      phases: [
        { times: 6, loops: [1, 0, 1, 5, 1, 4, 0, 1, 1, 0, 1, 0, 1, 0, 0, 0] },
        { times: 5 },
        { times: 1, loops: [1, 0, 1, 5, 1, 4, 0, 1, 1, 7, 1, 16, 1, 6, 6, 25] },
      ],
    },
    divergence: { loops: [3, 1, 1, 13, 1, 1, 1, 1, 1] },
    // Leaves and joins of the replay; a node with a decision; columns of the readout, roots of a lane twice; columns, layers and products of the node.
    // Six of twelve nodes have no decision.
    gin_backward: {
      loops: [7, 6, 1, 1, 2, 2, 1, 5, 1, 4, 0, 1],
      timeStep: 2,
      phases: [{ times: 6 }, { times: 6, loops: [7, 6, 1, 0, 0, 0, 1, 5, 1, 4, 0, 1] }],
    },
    weight_gradient: { loops: [5, 4, 6] },
    reduce_gradient: { loops: [2, 0, 1] },
    update: { loops: [2, 2, 1] },
  },
  "hypergrid-2d-8": {
    // Two features at once; of 64 vec4s each lane takes 16 by four; sums of the parts. The longest of 16 trajectories has 10 actions.
    rollout: { loops: [1, 1, 1, 1, 1, 4, 0, 1, 4, 0, 1], timeStep: 1, phases: [{ times: 10 }] },
    divergence: { loops: [2, 1, 1, 10, 1, 1, 1, 1, 1] },
    mlp_backward: { loops: [1, 1, 1, 1, 16, 0] },
    weight_gradient: { loops: [2, 1, 5] },
    reduce_gradient: { loops: [2, 0, 1] },
    update: { loops: [2, 5, 1] },
  },
  "hypergrid-4d-20": {
    // As above, with four features and 48 actions.
    rollout: { loops: [1, 1, 1, 1, 1, 4, 0, 1, 4, 0, 1], timeStep: 1, phases: [{ times: 48 }] },
    divergence: { loops: [2, 1, 1, 48, 1, 1, 1, 1, 1] },
    mlp_backward: { loops: [5, 1, 1, 1, 1, 16, 0] },
    weight_gradient: { loops: [2, 1, 24] },
    reduce_gradient: { loops: [2, 0, 1] },
    update: { loops: [2, 6, 1] },
  },
};
