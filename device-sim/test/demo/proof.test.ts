import { describe, expect, it } from "vitest";
import type { AckEntry } from "../../src/ack-log.ts";
import type { DemoResult } from "../../src/demo/proof.ts";
import {
  countCases,
  duplicateCases,
  lostMessages,
  quantile,
  unproved,
} from "../../src/demo/proof.ts";
import { SentLog } from "../../src/demo/sent-log.ts";
import { tellLine } from "../../src/demo/story.ts";
import type { TruthRow } from "../../src/fleet/truth.ts";
import { casePage } from "../support/cases.ts";
import { MemoryAcks } from "../support/memory-acks.ts";

const acked = (seq: number | null, change: Partial<AckEntry> = {}): AckEntry => ({
  device: "esp-1",
  boot: 1,
  seq,
  class: seq === null ? "status" : "tele",
  ts: 1_000,
  sentAtWallMs: 10,
  ackedAtWallMs: 12,
  ...change,
});

async function* journal(...lines: readonly Readonly<Record<string, unknown>>[]) {
  for (const line of lines)
    yield { kind: "message", device: "esp-1", boot: 1, class: "tele", ...line };
}

const TRUTH: TruthRow = {
  device: "esp-1",
  product: "espresso-pro",
  kind: "fault",
  name: "heater_relay_stuck",
  from: "2026-03-02T08:00:00.000Z",
  to: "2026-03-02T08:30:00.000Z",
  expectedRule: "boiler-overheats",
};

describe("the proof that nothing was lost", () => {
  it("finds each acknowledged message that the journal does not have", async () => {
    const log = [acked(1), acked(2), acked(3), acked(2, { boot: 2 })];
    expect(await lostMessages(log, journal({ seq: 1 }, { seq: 2 }, { seq: 3 }))).toBe(1);
  });

  it("takes repeats and unacknowledged messages as they are: neither is a loss", async () => {
    expect(await lostMessages([acked(1), acked(1)], journal({ seq: 1 }, { seq: 2 }))).toBe(0);
  });

  it("counts status messages per device, as they have no number", async () => {
    const log = [acked(null), acked(null)];
    expect(await lostMessages(log, journal({ class: "status", seq: undefined }))).toBe(1);
  });

  it("does not take a refusal or a tick of the journal for a message", async () => {
    expect(await lostMessages([acked(1)], journal({ kind: "refusal", seq: 1 }))).toBe(1);
  });
});

describe("the proof that no case was opened twice", () => {
  it("one case per episode is right", () => {
    expect(duplicateCases([casePage()], [TRUTH])).toBe(0);
  });

  it("a second case within the episode, or with the same onset, is one too many", () => {
    const second = casePage({ id: "c-2", onsetAt: "2026-03-02T08:10:00.000Z" });
    expect(duplicateCases([casePage(), second], [TRUTH])).toBe(1);
    expect(duplicateCases([casePage(), casePage({ id: "c-2" })], [])).toBe(1);
  });

  it("a case after the episode is another matter", () => {
    const later = { onsetAt: "2026-03-03T08:00:00.000Z", openedAt: "2026-03-03T08:02:00.000Z" };
    expect(duplicateCases([casePage(), casePage({ id: "c-2", ...later })], [TRUTH])).toBe(0);
  });
});

describe("the figures of the demonstration", () => {
  it("counts kinds, proved commands, escalations and advice that was sent", () => {
    const action = {
      id: "a",
      step: 0,
      kind: "advice",
      what: "Rest.",
      startedAt: "",
      detail: "",
      proof: "none",
    } as const;
    const pages = [
      casePage(),
      casePage({
        kind: "misuse",
        actions: [
          { ...action, state: "succeeded" },
          { ...action, state: "expired" },
        ],
        timeline: [{ at: "2026-03-02T08:00:00Z", kind: "escalated", by: "gateway", reason: "" }],
      }),
    ];
    expect(countCases(pages)).toEqual({
      casesOpened: { fault: 1, misuse: 1, underuse: 0 },
      fixesVerified: 1,
      escalated: 1,
      adviceSent: 1,
    });
  });

  it("says in words what was not proved", () => {
    const result: DemoResult = {
      messages: 10,
      quarantined: 0,
      casesOpened: { fault: 1, misuse: 1, underuse: 0 },
      fixesVerified: 1,
      escalated: 1,
      adviceSent: 1,
      lostMessages: 2,
      duplicateCases: 0,
      readingToCaseMsP99: 20,
    };
    expect(unproved(result)).toEqual([
      "no underuse case was opened",
      "2 acknowledged messages were lost",
    ]);
  });

  it("quantiles of a list", () => {
    expect(quantile([], 0.99)).toBeNull();
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([3, 1, 2], 0.99)).toBe(3);
  });

  it("the deciding message is the newest one up to the moment of the case, if there was one", () => {
    const log = new SentLog(new MemoryAcks());
    for (const ts of [0, 60_000, 120_000]) log.append(acked(1, { ts, sentAtWallMs: ts + 5 }));
    expect(log.decidingSentAt("esp-1", 60_000)).toBe(60_005);
    expect(log.decidingSentAt("esp-1", 100_000)).toBe(60_005);
    expect(log.decidingSentAt("esp-1", 500_000)).toBeUndefined();
    expect(log.decidingSentAt("esp-2", 60_000)).toBeUndefined();
  });

  it("the story has a line for what matters and none for the rest", () => {
    const page = casePage();
    const [opened] = page.timeline;
    expect(opened && tellLine(page, opened)).toBe(
      "03-02 08:02  CASE    esp-1     The boiler runs too hot (fault). Too hot.",
    );
    expect(
      tellLine(page, { at: page.openedAt, kind: "comment", by: "", reason: "" }),
    ).toBeUndefined();
  });
});
