import { expect, test } from "vitest";
import { seedTests } from "./seed-tests.ts";
import { simulate } from "./simulation.ts";

seedTests(1, 10);

test("a seed replays exactly: the same records at the same times", async () => {
  const [first, second, other] = [await simulate(4), await simulate(4), await simulate(5)];
  expect(second).toEqual(first);
  expect(other.digest).not.toBe(first.digest);
});
