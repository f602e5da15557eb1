import fc from "fast-check";
import { expect, test } from "vitest";
import { payloadHash, stableId } from "#domain/stable-id.ts";

const part = fc.oneof(fc.string({ maxLength: 12 }), fc.integer());

test("an id has a fixed form that fits topics, addresses and file names", () => {
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      expect(stableId("c", parts)).toMatch(/^c-[0-9a-z]{18}$/);
    }),
  );
});

test("ids are pinned: they stand in databases and on devices", () => {
  expect(stableId("c", ["too-hot", "b1", 1, 0])).toBe(stableId("c", ["too-hot", "b1", 1, 0]));
  expect(stableId("a", [])).toMatchInlineSnapshot(`"a-btes6wc0o28y64htek"`);
  expect(stableId("c", ["too-hot", "b1", 1, 1_780_272_000_000])).toMatchInlineSnapshot(
    `"c-wtqggzt778edphh7yp"`,
  );
});

test("different parts give different ids, also where their texts run together", () => {
  const pairs: readonly [readonly (string | number)[], readonly (string | number)[]][] = [
    [
      ["ab", "c"],
      ["a", "bc"],
    ],
    [["1"], [1]],
    [["a", ""], ["a"]],
    [['a","b'], ["a", "b"]],
  ];
  for (const [a, b] of pairs) expect(stableId("c", a)).not.toBe(stableId("c", b));
  const ids = new Set<string>();
  for (let i = 0; i < 20_000; i++) ids.add(stableId("c", ["rule", `device-${i % 100}`, i]));
  expect(ids.size).toBe(20_000);
});

test("a payload's hash tells a changed byte, its order and its length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), (bytes, where) => {
      const changed = Uint8Array.from(bytes);
      const at = where % changed.length;
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(payloadHash(changed)).not.toBe(payloadHash(bytes));
      expect(payloadHash(bytes)).toBe(payloadHash(Uint8Array.from(bytes)));
    }),
  );
  expect(payloadHash(new Uint8Array([1, 2]))).not.toBe(payloadHash(new Uint8Array([2, 1])));
  expect(payloadHash(new Uint8Array([0]))).not.toBe(payloadHash(new Uint8Array([0, 0])));
});
