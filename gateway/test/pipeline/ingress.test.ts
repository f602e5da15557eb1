import { describe, expect, test } from "vitest";
import type { JournalRecord, RegisteredDevice } from "#domain/record.ts";
import { MINUTE_MS } from "#domain/units.ts";
import { Ingress } from "#pipeline/ingress.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import type { InboundMessage } from "#ports/device-link.ts";
import { Counted, Lines } from "../support/counted.ts";
import { ManualClock, settled } from "../support/manual-clock.ts";
import { registered, START } from "../support/records.ts";

function bench(admitted: Record<string, RegisteredDevice> = {}) {
  const clock = new ManualClock(START);
  const metrics = new Counted();
  const log = new Lines();
  const written: JournalRecord[] = [];
  const readied: string[] = [];
  const asked: string[] = [];
  const state: { broken: boolean } = { broken: false };
  const ingress = new Ingress({
    submit: async (bytes) => {
      if (state.broken) throw new Error("disk full");
      written.push(decodeRecord(bytes));
      return written.length;
    },
    clock,
    log,
    metrics,
    admit: (device) => {
      const found = admitted[device];
      delete admitted[device];
      return found;
    },
    onReady: (device) => readied.push(device),
    onTimeRequest: ({ device }) => asked.push(device),
  });
  return { ingress, clock, metrics, log, written, readied, asked, state };
}

const message = (device: string): InboundMessage => ({
  product: "boiler",
  device,
  class: "tele",
  qos: 1,
  payload: new Uint8Array([123, 125]),
});

const refusal = (client: string, payload = new Uint8Array(5_000)) => ({
  client,
  topic: "vz1/boiler/b2/tele",
  code: "wrong_device",
  reason: "the topic names another device",
  payload,
});

describe("a message", () => {
  test("is written as it came, with the time of its append", async () => {
    const { ingress, written, clock } = bench();
    await clock.advance(MINUTE_MS);
    await ingress.message(message("b1"));
    expect(written).toEqual([{ kind: "message", appendedAt: START + MINUTE_MS, ...message("b1") }]);
  });

  test("of a device that registers by connecting comes after its registration", async () => {
    const { ingress, written } = bench({ b7: registered("b7") });
    await ingress.message(message("b7"));
    await ingress.message(message("b7"));
    expect(written.map((r) => r.kind)).toEqual(["registry", "message", "message"]);
  });

  test("whose registration was not written down brings it along the next time", async () => {
    const { ingress, written, state } = bench({ b7: registered("b7") });
    state.broken = true;
    await expect(ingress.message(message("b7"))).rejects.toThrow("disk full");
    await expect(ingress.message(message("b7"))).rejects.toThrow("disk full");
    state.broken = false;
    await ingress.message(message("b7"));
    await ingress.message(message("b7"));
    expect(written.map((r) => r.kind)).toEqual(["registry", "message", "message"]);
  });

  test("that the journal does not take is not acknowledged", async () => {
    const { ingress, state } = bench();
    state.broken = true;
    await expect(ingress.message(message("b1"))).rejects.toThrow("disk full");
  });
});

test("a question for the time is written down and passed on once it is durable", async () => {
  const { ingress, asked, written, state } = bench();
  await ingress.message({ ...message("b1"), class: "time" });
  expect(written.map((r) => r.kind)).toEqual(["message"]);
  expect(asked).toEqual(["b1"]);
  state.broken = true;
  await expect(ingress.message({ ...message("b1"), class: "time" })).rejects.toThrow();
  expect(asked).toEqual(["b1"]);
});

describe("refusals", () => {
  test("are kept with the reason and the first kilobyte", async () => {
    const { ingress, written } = bench();
    ingress.refused(refusal("b1"));
    await settled();
    expect(written[0]).toMatchObject({ kind: "refusal", client: "b1", code: "wrong_device" });
    expect(written[0]?.kind === "refusal" && written[0].payload.length).toBe(1_024);
  });

  test("by the thousand from one client fill neither journal nor log, and hide no other client's", async () => {
    const { ingress, written, log, clock } = bench();
    for (let i = 0; i < 5_000; i++) ingress.refused(refusal("b1"));
    ingress.refused(refusal("b2"));
    await settled();
    expect(written).toHaveLength(21);
    expect(log.lines).toHaveLength(21);
    await clock.advance(MINUTE_MS + 1);
    ingress.refused(refusal("b1"));
    await settled();
    expect(written).toHaveLength(22);
  });
});

describe("connections", () => {
  test("and readiness are passed on; when the journal is down nothing breaks", async () => {
    const { ingress, written, readied, state, log } = bench();
    ingress.connected("b1");
    ingress.disconnected("b1", "keepalive");
    ingress.ready("b1");
    await settled();
    expect(written.map((r) => (r.kind === "connection" ? `${r.state} ${r.reason}` : ""))).toEqual([
      "connected ",
      "disconnected keepalive",
    ]);
    expect(readied).toEqual(["b1"]);
    state.broken = true;
    ingress.disconnected("b1", "gone");
    await settled();
    expect(log.lines.at(-1)).toContain("could not be written");
  });
});
