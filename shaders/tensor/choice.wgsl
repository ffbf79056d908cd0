// A draw by the inverse of the cumulative distribution: of the weights in turn, the first whose sum with those before it
// reaches u · Σ weights, for a uniform u ≤ 1. Add up Σ weights in the same order, so that the last sum reaches it.

struct Choice {
  threshold: f32,   // u · Σ weights
  cumulative: f32,  // the weights so far
  index: u32,
  found: bool,
}

// Considers the next weight. A weight that adds nothing to the sum is never chosen. If rounding leaves the last sum short of the
// threshold, the last weight that added something stands.
fn consider(choice: Choice, weight: f32, index: u32) -> Choice {
  let cumulative = choice.cumulative + weight;
  if (choice.found || cumulative <= choice.cumulative) {
    return choice;
  }
  return Choice(choice.threshold, cumulative, index, cumulative >= choice.threshold);
}
