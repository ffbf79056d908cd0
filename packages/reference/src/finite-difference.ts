/**
 * Central differences (f(x + h e_i) - f(x - h e_i)) / 2h, one parameter at a time.
 * With h = 1e-5 and values of order one the error is about 1e-10.
 */
export function finiteDifference(value: (parameters: Float64Array) => number, at: Float64Array, step = 1e-5): Float64Array {
  return at.map((_, i) => {
    const above = at.slice();
    const below = at.slice();
    above[i]! += step;
    below[i]! -= step;
    return (value(above) - value(below)) / (2 * step);
  });
}
