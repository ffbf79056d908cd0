// A draw by the inverse of the cumulative distribution: of the weights in turn, the first whose sum with those before it
// reaches u · Σ weights, for a uniform u.

struct Choice {
  remaining: f32,  // u · Σ weights, less the weights so far
  index: u32,
  found: bool,
}

// Considers the next weight. If rounding leaves the sum short, the last index with a positive weight stands.
fn consider(choice: Choice, weight: f32, index: u32) -> Choice {
  if (choice.found || weight <= 0.0) {
    return choice;
  }
  let remaining = choice.remaining - weight;
  return Choice(remaining, index, remaining <= 0.0);
}
