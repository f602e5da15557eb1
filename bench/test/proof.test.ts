import type { AckEntry } from "@voorzorg/device-sim";
import { describe, expect, it } from "vitest";
import { BOILER } from "../src/fixture.ts";
import { compareCases, lostMessages } from "../src/proof.ts";

const acked = (device: string, seq: number | null): AckEntry => ({
  device,
  boot: 1,
  seq,
  class: seq === null ? "status" : "tele",
  ts: null,
  sentAtWallMs: 0,
  ackedAtWallMs: 1,
});
const caseOf = (device: string, rule: string = BOILER.rule) => ({
  device,
  rule,
  product: BOILER.product,
});

describe("the proof after kills", () => {
  it("finds an acknowledged message that the journal does not hold", () => {
    const places = new Set(["a/1/1", "b/1/2"]);
    const log = [acked("a", 1), acked("a", 2), acked("b", 2), acked("a", null)];
    expect(lostMessages(log, places)).toEqual([acked("a", 2)]);
  });

  it("finds a missing and a doubled case by device, not by the sum", () => {
    const truth = new Map([
      ["a", 1],
      ["b", 1],
      ["c", 0],
    ]);
    expect(compareCases(truth, [caseOf("a"), caseOf("a")])).toEqual({
      expected: 2,
      missing: 1,
      duplicate: 1,
    });
  });

  it("counts a case without a fault as one too many, and one of another rule or product not at all", () => {
    const others = [caseOf("a", "silence"), { ...caseOf("a"), product: "espresso-pro" }];
    const none = new Map([["a", 0]]);
    expect(compareCases(none, [caseOf("z"), ...others])).toEqual({
      expected: 0,
      missing: 0,
      duplicate: 1,
    });
  });
});
