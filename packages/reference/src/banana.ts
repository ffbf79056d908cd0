/** The banana-shaped density (method.md section 4): R(x) = N([x1, x2 + x1^2 + 1]; 0, [[1, .9], [.9, 1]]), log Z = 0. */
import type { Point } from "./plane.js";

const COVARIANCE = 0.9;
const DETERMINANT = 1 - COVARIANCE ** 2;

/** log R(x), with the inverse of the covariance matrix written out. */
export function bananaLogDensity([x1, x2]: Point): number {
  const u1 = x1;
  const u2 = x2 + x1 ** 2 + 1;
  const form = (u1 ** 2 - 2 * COVARIANCE * u1 * u2 + u2 ** 2) / DETERMINANT;
  return -form / 2 - Math.log(2 * Math.PI) - Math.log(DETERMINANT) / 2;
}

/** An exact sample from two independent standard normal variables. */
export function bananaPoint(normals: Point): Point {
  const u1 = normals[0];
  const u2 = COVARIANCE * u1 + Math.sqrt(DETERMINANT) * normals[1];
  return [u1, u2 - u1 ** 2 - 1];
}
