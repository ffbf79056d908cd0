// Tests of a number's bits. WGSL may assume that NaN and infinity do not occur, so that a comparison, max, min, clamp or select
// may hide them: x != x never finds a NaN, and max(0, NaN) may be 0.

const EXPONENT = 0x7f800000u;
const MAGNITUDE = 0x7fffffffu;

fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & EXPONENT) != EXPONENT;
}

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & MAGNITUDE) > EXPONENT;
}

fn is_positive_infinity(x: f32) -> bool {
  return bitcast<u32>(x) == EXPONENT;
}

// Whether |x| < bound. False for NaN and infinity.
fn is_below(x: f32, bound: f32) -> bool {
  return (bitcast<u32>(x) & MAGNITUDE) < bitcast<u32>(bound);
}

// Infinity. `zero` is 0, but not to a compiler, which could refuse the constant.
fn infinity(zero: u32) -> f32 {
  return bitcast<f32>(EXPONENT + zero);
}

// max(a, b), or NaN where one of them is.
fn max_or_nan(a: f32, b: f32) -> f32 {
  if (is_nan(a)) {
    return a;
  }
  if (is_nan(b)) {
    return b;
  }
  return max(a, b);
}
