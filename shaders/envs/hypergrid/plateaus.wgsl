// Reward families `original` and `deceptive` of the hypergrid: three levels, by the distance of every coordinate from the centre.
//   outer: OUTER·|2x_i − (SIDE−1)| > SIDE−1 for every i, which is |x_i/(SIDE−1) − ½| > 1/(2·OUTER)
//   band:  .3 < |x_i/(SIDE−1) − ½| < .4 for every i; it lies within the outer region
// The tests use integers, because in floats |x/(SIDE−1) − ½| may round to the wrong side of .3 and .4.

import constants::{DIMENSIONS, SIDE, OUTER};
import package::environment::{State, environment_data};

// environment_data: log R [inside, in the outer region, in the band]

fn cell_log_reward(state: State) -> f32 {
  var outer = true;
  var band = true;
  for (var i = 0u; i < DIMENSIONS; i++) {
    // |x/(SIDE−1) − ½| in units of 1/(2(SIDE−1))
    let distance = u32(abs(2i * i32(state[i]) - i32(SIDE - 1u)));
    outer = outer && OUTER * distance > SIDE - 1u;
    band = band && 3u * (SIDE - 1u) < 5u * distance && 5u * distance < 4u * (SIDE - 1u);
  }
  return environment_data[select(0u, 1u, outer) + select(0u, 1u, band)];
}
