import fc from "fast-check";
import { expect, it } from "vitest";
import { entry, invert, rankOne, times, zeros } from "../../../src/domain/detect/triangle.ts";

const size = 4;
const vectors = fc.array(
  fc.array(
    fc.integer({ min: -10, max: 10 }).map((n) => n / 4),
    { minLength: size, maxLength: size },
  ),
  { minLength: 1, maxLength: 6 },
);

/** Identity plus the outer products: always positive definite. */
const elementOf = (rows: readonly (readonly number[])[]) => (i: number, j: number) =>
  rows.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), i === j ? 1 : 0);

it("an inverse undoes its matrix", () => {
  fc.assert(
    fc.property(vectors, (rows) => {
      const element = elementOf(rows);
      const inverse = invert(size, element) ?? [];
      for (let column = 0; column < size; column++) {
        const product = times(
          inverse,
          zeros(size).map((_, i) => element(i, column)),
        );
        product.forEach((value, i) => {
          expect(value).toBeCloseTo(i === column ? 1 : 0, 8);
        });
      }
    }),
  );
});

it("a matrix that is not positive definite has no inverse here", () => {
  expect(invert(2, () => 1)).toBeUndefined();
  expect(invert(2, (i, j) => (i === j ? 1 : 2))).toBeUndefined();
});

it("updating an inverse gives the inverse of the updated matrix", () => {
  fc.assert(
    fc.property(vectors, (rows) => {
      const [added = zeros(size), ...before] = rows;
      const inverse = invert(size, elementOf(before)) ?? [];
      const pull = times(inverse, added);
      const square = added.reduce((sum, value, i) => sum + value * (pull[i] ?? 0), 0);
      rankOne(inverse, pull, { factor: 1 / (1 + square), scale: 1 });
      const direct = invert(size, elementOf(rows)) ?? [];
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          expect(entry(inverse, i, j)).toBeCloseTo(entry(direct, i, j), 8);
        }
      }
    }),
  );
});
