// The log-probability of what a mask forbids: large and finite, because WGSL promises nothing about infinities. Anything
// below the threshold counts as forbidden.
const MASKED: f32 = -1e30;
const MASKED_BELOW: f32 = -5e29;
