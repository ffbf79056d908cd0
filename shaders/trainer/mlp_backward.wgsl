// Backward pass of the MLP with unit coefficients, over real transitions only:
//   δ_{l−1} = (W_l δ_l) ⊙ lrelu′(h_{l−1}),   from δ_L = onehot(a) − p, which the rollout recorded.
// The weight gradient applies the coefficients later, so one pass serves any objective and any number of channels.

import constants::{LANES, LAYERS};
import package::sampler::dense::half;
import package::sampler::replica::rolled;
import package::trainer::backward_tile::{load_tile, propagate_activated};

// δ_l is in half(l) of the activations.
@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = load_tile(group, lane, half(LAYERS - 1u));
  if (tile.is_empty) {
    return;
  }
  // Counted up, because a GPU's compiler unrolls no loop that counts down.
  for (var done = 0u; done < LAYERS - 1u + rolled(tile.zero); done++) {
    let layer = LAYERS - 1u - done;
    propagate_activated(lane, tile, layer, half(layer), half(layer - 1u));
  }
}
