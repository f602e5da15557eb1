/**
 * Symmetric matrices as plain numbers: the lower triangle, row by row. n rows are n * (n + 1) / 2
 * numbers, half of the square, and survive JSON.
 */

/** Below this a pivot is rounding, not spread. */
const LEAST_PIVOT = 1e-9;

export const zeros = (count: number): number[] => new Array<number>(count).fill(0);

/** Reads with 0 for what is not there, which indices in range never meet. */
export const get = (numbers: readonly number[], index: number): number => numbers[index] ?? 0;

/** Place of element (i, i). */
export const diagonal = (i: number): number => (i * (i + 3)) / 2;

/** Inverse of a symmetric positive definite matrix by its Cholesky factor; undefined if it is not. */
export function invert(size: number, at: (i: number, j: number) => number): number[] | undefined {
  const lower: number[][] = [];
  for (let i = 0; i < size; i++) {
    const row = zeros(i + 1);
    for (let j = 0; j <= i; j++) {
      let sum = at(i, j);
      for (let k = 0; k < j; k++) sum -= get(row, k) * get(lower[j] ?? row, k);
      if (i !== j) row[j] = sum / get(lower[j] ?? row, j);
      else if (sum > LEAST_PIVOT) row[j] = Math.sqrt(sum);
      else return undefined;
    }
    lower.push(row);
  }
  const inverse = zeros((size * (size + 1)) / 2);
  for (let column = 0; column < size; column++) {
    const solved = solveUnit(lower, column);
    for (let i = column; i < size; i++) inverse[diagonal(i) - (i - column)] = get(solved, i);
  }
  return inverse;
}

/** Column `column` of the inverse of L L'. */
function solveUnit(lower: readonly (readonly number[])[], column: number): readonly number[] {
  const size = lower.length;
  const x = zeros(size);
  for (let i = column; i < size; i++) {
    const row = lower[i] ?? [];
    let sum = i === column ? 1 : 0;
    for (let k = column; k < i; k++) sum -= get(row, k) * get(x, k);
    x[i] = sum / get(row, i);
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = get(x, i);
    for (let k = i + 1; k < size; k++) sum -= get(lower[k] ?? [], i) * get(x, k);
    x[i] = sum / get(lower[i] ?? [], i);
  }
  return x;
}

/** Element (i, j), either way round. */
export const entry = (matrix: readonly number[], i: number, j: number): number =>
  get(matrix, i > j ? diagonal(i) - (i - j) : diagonal(j) - (j - i));

/** Matrix times vector. */
export function times(matrix: readonly number[], vector: readonly number[]): number[] {
  const size = vector.length;
  const result = zeros(size);
  for (let i = 0, at = 0; i < size; i++) {
    const own = get(vector, i);
    let sum = 0;
    for (let j = 0; j < i; j++, at++) {
      const value = get(matrix, at);
      sum += value * get(vector, j);
      result[j] = get(result, j) + value * own;
    }
    result[i] = sum + get(matrix, at) * own;
    at += 1;
  }
  return result;
}

/** In place: scale * (M - factor * v v'). */
export function rankOne(
  matrix: number[],
  vector: readonly number[],
  { factor, scale }: { readonly factor: number; readonly scale: number },
): void {
  for (let i = 0, at = 0; i < vector.length; i++) {
    const own = factor * get(vector, i);
    for (let j = 0; j <= i; j++, at++) {
      matrix[at] = scale * (get(matrix, at) - own * get(vector, j));
    }
  }
}
