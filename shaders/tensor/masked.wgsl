// Logits of which some are forbidden.

// The logit, or log-probability, of a forbidden entry: large and finite, because WGSL promises nothing about infinities.
const MASKED: f32 = -1e30;
// An entry below this counts as forbidden.
const MASKED_BELOW: f32 = -5e29;

// Logits that are allowed stay below this in size; see finite.wgsl.
const LARGEST_LOGIT: f32 = 5e29;

// exp(logit − highest), and 0 for a forbidden entry; `highest` is the largest logit that is allowed.
fn masked_exponentials(logits: vec4f, highest: f32) -> vec4f {
  return select(vec4f(), exp(logits - highest), logits > vec4f(MASKED_BELOW));
}
