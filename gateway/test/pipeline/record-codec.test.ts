import { UP_CLASSES } from "@voorzorg/firmware-contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { decodeRecord, encodeRecord } from "#pipeline/record-codec.ts";

const at = fc.integer({ min: 0, max: 4e12 });
const text = fc.string({ unit: "binary", maxLength: 40 });
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const scalar = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
  fc.boolean(),
);
const attrs = fc.dictionary(
  text.filter((key) => key !== "__proto__"),
  scalar,
  {
    noNullPrototype: true,
    maxKeys: 4,
  },
);
const payload = fc.uint8Array({ maxLength: 200 });
const files = fc.array(fc.record({ path: text, text }), { maxLength: 3 });
const caseId = text;
const comment = text;

const kinds = {
  message: fc.record({
    kind: fc.constant("message" as const),
    appendedAt: at,
    product: fc.oneof(text, id),
    device: fc.oneof(text, id),
    class: fc.constantFrom(...UP_CLASSES),
    qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
    payload,
  }),
  refusal: fc.record({
    kind: fc.constant("refusal" as const),
    appendedAt: at,
    client: text,
    topic: text,
    code: text,
    reason: text,
    payload,
  }),
  connection: fc.record({
    kind: fc.constant("connection" as const),
    appendedAt: at,
    device: text,
    state: fc.constantFrom("connected" as const, "disconnected" as const, "unknown" as const),
    reason: text,
  }),
  registry: fc.record({
    kind: fc.constant("registry" as const),
    appendedAt: at,
    change: fc.constantFrom("put" as const, "remove" as const),
    device: fc.record({
      id: text,
      product: text,
      attrs,
      cohort: text,
      owner: text,
      activatedAt: at,
    }),
    by: text,
  }),
  ruleset: fc.record({
    kind: fc.constant("ruleset" as const),
    appendedAt: at,
    hash: text,
    products: files,
    rules: files,
  }),
  config: fc.record({
    kind: fc.constant("config" as const),
    appendedAt: at,
    clock: fc.constantFrom("live" as const, "event" as const),
  }),
  action: fc.record({
    kind: fc.constant("action" as const),
    appendedAt: at,
    id: text,
    by: text,
    action: fc.oneof(
      fc.record({ name: fc.constant("acknowledge" as const), caseId }),
      fc.record({ name: fc.constant("resolve" as const), caseId, comment }),
      fc.record({
        name: fc.constant("command" as const),
        device: text,
        command: text,
        args: attrs,
        expiresInMs: at,
      }),
    ),
  }),
  command_outcome: fc.record({
    kind: fc.constant("command_outcome" as const),
    appendedAt: at,
    commandId: text,
    device: text,
    outcome: fc.constantFrom("delivered" as const, "refused" as const),
    detail: text,
  }),
  service: fc.record({
    kind: fc.constant("service" as const),
    appendedAt: at,
    event: fc.constantFrom("started" as const, "degraded" as const),
    reason: text,
    lastAliveAt: at,
  }),
  tick: fc.record({ kind: fc.constant("tick" as const), appendedAt: at }),
} satisfies Record<JournalRecord["kind"], fc.Arbitrary<JournalRecord>>;

const unreadable = expect.objectContaining({ code: "VZ_RECORD_UNREADABLE" });

describe("a journal record", () => {
  for (const [kind, arbitrary] of Object.entries<fc.Arbitrary<JournalRecord>>(kinds)) {
    it(`of kind ${kind} reads back as it was written`, () => {
      fc.assert(
        fc.property(arbitrary, (record) => {
          expect(decodeRecord(encodeRecord(record))).toEqual(record);
        }),
      );
    });
  }

  it("reads back from the middle of a larger buffer", () => {
    const record: JournalRecord = {
      kind: "message",
      appendedAt: 5,
      product: "espresso-pro",
      device: "d1",
      class: "tele",
      qos: 1,
      payload: Uint8Array.of(1, 2, 3),
    };
    const bytes = encodeRecord(record);
    const larger = new Uint8Array(bytes.byteLength + 20);
    larger.set(bytes, 7);
    expect(decodeRecord(larger.subarray(7, 7 + bytes.byteLength))).toEqual(record);
  });

  it("of another frame version is refused by name, not misread", () => {
    const bytes = Uint8Array.from(encodeRecord({ kind: "tick", appendedAt: 1 }));
    bytes[0] = 3;
    expect(() => decodeRecord(bytes)).toThrow(unreadable);
    expect(() => decodeRecord(bytes)).toThrow(/version 3/);
  });

  it("of a message that an earlier build framed as JSON is still read", () => {
    const header = {
      kind: "message",
      appendedAt: 7,
      product: "pump",
      device: "p-1",
      class: "tele",
      qos: 1,
    };
    const text = new TextEncoder().encode(JSON.stringify(header));
    const bytes = new Uint8Array([1, text.length, 0, 0, 0, ...text, 123, 125]);
    expect(decodeRecord(bytes)).toEqual({ ...header, payload: new Uint8Array([123, 125]) });
  });

  it("of a message that was cut short in its header is refused", () => {
    const message = { product: "pump", device: "p-1", class: "tele", qos: 1 } as const;
    const bytes = encodeRecord({
      kind: "message",
      appendedAt: 7,
      ...message,
      payload: new Uint8Array(0),
    });
    for (let end = 0; end < bytes.byteLength; end += 1) {
      expect(() => decodeRecord(bytes.subarray(0, end))).toThrow(unreadable);
    }
    const odd = Uint8Array.from(bytes);
    odd[1] = 0xff;
    expect(() => decodeRecord(odd)).toThrow(/class 63, QoS 3/);
  });

  it("that was cut short or damaged is refused", () => {
    const bytes = encodeRecord({ kind: "tick", appendedAt: 1 });
    for (let end = 0; end < bytes.byteLength; end += 1) {
      expect(() => decodeRecord(bytes.subarray(0, end))).toThrow(unreadable);
    }
    const odd = encodeRecord({ kind: "tick", appendedAt: 1 });
    odd.set(new TextEncoder().encode('{"kind":"tock"'), 5);
    expect(() => decodeRecord(odd)).toThrow(unreadable);
  });
});
