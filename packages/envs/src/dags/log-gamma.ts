/** From here on, Stirling's series with four terms has full float64 precision. */
const LARGE = 12;

/** log Γ(x), x > 0: Stirling's series, after Γ(x) = Γ(x + 1)/x for small x. */
export function logGamma(x: number): number {
  let factors = 0;
  let at = x;
  for (; at < LARGE; at++) factors += Math.log(at);
  const square = 1 / (at * at);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188))))) / at;
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - factors;
}
