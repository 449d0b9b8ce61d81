/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import type { Weights } from '../../src/detection/score.js';

export interface Row {
  readonly features: Float64Array;
  readonly positive: boolean;
  readonly weight: number;
}

/** Logistic regression with an L2 penalty on standardised features, by Newton's method. */
export function fitLogistic(rows: readonly Row[], penalty: number): Weights {
  const d = rows[0]!.features.length;
  const { mean, deviation } = standardise(rows, d);
  const w = new Float64Array(d + 1);
  for (let round = 0; round < 25; round++) {
    const gradient = new Float64Array(d + 1);
    const hessian = Array.from({ length: d + 1 }, () => new Float64Array(d + 1));
    const x = new Float64Array(d + 1);
    x[d] = 1;
    let total = 0;
    for (const row of rows) {
      let z = w[d]!;
      for (let j = 0; j < d; j++) z += w[j]! * (x[j] = (row.features[j]! - mean[j]!) / deviation[j]!);
      const p = 1 / (1 + Math.exp(-z));
      const error = row.weight * (p - (row.positive ? 1 : 0));
      const curve = row.weight * Math.max(1e-6, p * (1 - p));
      total += row.weight;
      for (let j = 0; j <= d; j++) {
        gradient[j]! += error * x[j]!;
        for (let k = 0; k <= j; k++) hessian[j]![k]! += curve * x[j]! * x[k]!;
      }
    }
    for (let j = 0; j <= d; j++) {
      for (let k = 0; k < j; k++) hessian[k]![j] = hessian[j]![k]!;
      hessian[j]![j]! += j < d ? penalty * total : 1e-9;
      if (j < d) gradient[j]! += penalty * total * w[j]!;
    }
    const step = solve(hessian, gradient);
    let largest = 0;
    for (let j = 0; j <= d; j++) {
      w[j]! -= step[j]!;
      largest = Math.max(largest, Math.abs(step[j]!));
    }
    if (largest < 1e-6) break;
  }
  const features = Array.from({ length: d }, (_, j) => w[j]! / deviation[j]!);
  const bias = w[d]! - features.reduce((sum, value, j) => sum + value * mean[j]!, 0);
  return { bias, features };
}

export function standardise(rows: readonly Row[], d: number): { mean: Float64Array; deviation: Float64Array } {
  const mean = new Float64Array(d);
  const deviation = new Float64Array(d);
  let total = 0;
  for (const { features, weight } of rows) {
    total += weight;
    for (let j = 0; j < d; j++) mean[j]! += weight * features[j]!;
  }
  for (let j = 0; j < d; j++) mean[j]! /= total;
  for (const { features, weight } of rows)
    for (let j = 0; j < d; j++) deviation[j]! += weight * (features[j]! - mean[j]!) ** 2;
  for (let j = 0; j < d; j++) deviation[j] = Math.max(1e-3, Math.sqrt(deviation[j]! / total));
  return { mean, deviation };
}

/** Gaussian elimination with pivoting. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  const a = matrix.map((row, i) => Float64Array.from([...row, right[i]!]));
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let r = i + 1; r < n; r++) if (Math.abs(a[r]![i]!) > Math.abs(a[pivot]![i]!)) pivot = r;
    [a[i], a[pivot]] = [a[pivot]!, a[i]!];
    for (let r = i + 1; r < n; r++) {
      const factor = a[r]![i]! / a[i]![i]!;
      for (let c = i; c <= n; c++) a[r]![c]! -= factor * a[i]![c]!;
    }
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = a[i]![n]!;
    for (let c = i + 1; c < n; c++) sum -= a[i]![c]! * x[c]!;
    x[i] = sum / a[i]![i]!;
  }
  return x;
}
