import { encode as encodeCbor } from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBody, decodeCommand, decodeUp, encodeUp, LIMITS, UP_CLASSES } from "../src/index.ts";
import { measurementSchema, senmlSchema } from "../src/message-schemas.ts";
import { arbitraryMessage } from "./support/arbitrary-message.ts";
import { jsonBytes, shippedProduct, utf8 } from "./support/shipped-product.ts";

const product = shippedProduct("espresso-pro");
const anyClass = fc.constantFrom(...UP_CLASSES);
const codeOf = (bytes: Uint8Array, cls: (typeof UP_CLASSES)[number] = "tele") => {
  const decoded = decodeUp(cls, bytes, product);
  return decoded.ok ? "accepted" : decoded.refusal.code;
};

describe("what a device sends comes out as it went in", () => {
  test.each(["json", "cbor"] as const)("every message survives %s", (format) => {
    fc.assert(
      fc.property(arbitraryMessage(product), (message) => {
        expect(decodeUp(message.class, encodeUp(message, format), product)).toEqual({
          ok: true,
          value: message,
        });
      }),
    );
  });

  test("JSON and CBOR of one message mean the same", () => {
    fc.assert(
      fc.property(arbitraryMessage(product), (message) => {
        expect(decodeUp(message.class, encodeUp(message, "cbor"), product)).toEqual(
          decodeUp(message.class, encodeUp(message, "json"), product),
        );
      }),
    );
  });
});

describe("nothing that arrives can break the decoder", () => {
  test("arbitrary bytes are accepted or refused with a sentence", () => {
    fc.assert(
      fc.property(anyClass, fc.uint8Array({ maxLength: 200 }), (cls, bytes) => {
        const decoded = decodeUp(cls, bytes, product);
        if (!decoded.ok) expect(decoded.refusal.reason).toMatch(/\w+ .*\w/);
        decodeCommand(bytes);
      }),
    );
  });

  test("arbitrary JSON and CBOR values are accepted or refused with a sentence", () => {
    fc.assert(
      fc.property(anyClass, fc.jsonValue(), (cls, value) => {
        for (const bytes of [jsonBytes(value), encodeCbor(value)]) {
          const decoded = decodeUp(cls, bytes, product);
          if (!decoded.ok) expect(decoded.refusal.reason.length).toBeLessThan(1_000);
        }
      }),
    );
  });

  test("a good message with one byte changed is accepted or refused, never thrown", () => {
    fc.assert(
      fc.property(
        arbitraryMessage(product),
        fc.constantFrom("json", "cbor"),
        fc.nat(),
        fc.nat({ max: 255 }),
        (message, format, position, byte) => {
          const bytes = encodeUp(message, format);
          bytes[position % bytes.length] = byte;
          decodeUp(message.class, bytes, product);
        },
      ),
    );
  });

  test("64 KiB of brackets is refused in JSON and in CBOR", () => {
    expect(codeOf(utf8(`${"[".repeat(30_000)}${"]".repeat(30_000)}`))).toBe("too_deep");
    expect(codeOf(new Uint8Array(LIMITS.payloadBytes).fill(0x81))).toBe("too_deep");
  });

  test("a message that names a prototype changes no object", () => {
    decodeUp("tele", utf8('{"m":{"__proto__":{"polluted":true}}}'), product);
    decodeUp("event", utf8('{"code":"brew_done","attrs":{"__proto__":{"polluted":1}}}'), product);
    decodeBody(encodeCbor(new Map([["__proto__", new Map([["polluted", 1]])]])));
    expect({}).not.toHaveProperty("polluted");
  });
});

describe("the limits of the contract", () => {
  const pack = (points: number) =>
    jsonBytes({ p: Array.from({ length: points }, (_, t) => ({ t: -t, m: { flow: 1 } })) });

  test("500 points are accepted, 501 are not", () => {
    expect(codeOf(pack(500))).toBe("accepted");
    expect(codeOf(pack(501))).toBe("too_many_points");
  });

  test("500 SenML records are accepted, 501 are not", () => {
    const senml = (records: number) =>
      jsonBytes(Array.from({ length: records }, (_, t) => ({ n: "flow", t: -t, v: 1 })));
    expect(codeOf(senml(500))).toBe("accepted");
    expect(codeOf(senml(501))).toBe("too_many_points");
  });

  test("500 events are accepted, 501 are not", () => {
    const events = (count: number) => jsonBytes({ e: Array(count).fill({ code: "brew_done" }) });
    expect(codeOf(events(500), "event")).toBe("accepted");
    expect(codeOf(events(501), "event")).toBe("too_many_points");
  });

  test("a payload above 64 KiB is refused before it is parsed", () => {
    const padded = (bytes: number) => utf8(`{"m":{}}${" ".repeat(bytes - 8)}`);
    expect(codeOf(padded(LIMITS.payloadBytes))).toBe("accepted");
    expect(codeOf(padded(LIMITS.payloadBytes + 1))).toBe("too_large");
  });

  test("text longer than 1,024 characters is refused", () => {
    const shown = (length: number) => jsonBytes({ m: { display_text: "x".repeat(length) } });
    expect(codeOf(shown(LIMITS.textLength))).toBe("accepted");
    expect(codeOf(shown(LIMITS.textLength + 1))).toBe("bad_value");
  });

  test("an event with more than 64 attributes is refused", () => {
    const event = (count: number) =>
      jsonBytes({
        code: "brew_done",
        attrs: Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, i])),
      });
    expect(codeOf(event(64), "event")).toBe("accepted");
    expect(codeOf(event(65), "event")).toBe("bad_field");
  });

  test("a reason shows a long value cut short", () => {
    const decoded = decodeUp("tele", jsonBytes({ m: { boiler_temp: "9".repeat(5_000) } }), product);
    expect(decoded.ok ? "" : decoded.refusal.reason).toMatch(/^.{80,200}$/);
  });
});

describe("the checks by hand agree with the published schemas", () => {
  const field = fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: fc.integer({ min: -2, max: 2 ** 33 }) },
    fc.constantFrom(null, "1", 0.5, true, [], {}),
  );
  const values = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom({}, { flow: 1 }, { flow: null }) },
    fc.constantFrom(null, 1, "m", [], [1], undefined),
  );
  const pack = fc.oneof(
    { weight: 3, arbitrary: fc.array(fc.record({ t: field, m: values }), { maxLength: 3 }) },
    fc.constantFrom(undefined, null, {}, 1, [1], [null]),
  );

  test("on envelopes and packs", () => {
    const body = fc.record({ boot: field, seq: field, ts: field, up: field, m: values, p: pack });
    fc.assert(
      fc.property(body, (sent) => {
        // JSON leaves out undefined, as a device would.
        const plain: unknown = JSON.parse(JSON.stringify(sent));
        const code = codeOf(jsonBytes(plain));
        if (code !== "no_points") {
          expect(code === "accepted").toBe(measurementSchema.safeParse(plain).success);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("on SenML records", () => {
    const text = fc.constantFrom(undefined, "", "flow", 1, null);
    const number = fc.constantFrom(undefined, 0, 1.5, -3, "1", null);
    const record = fc.record({ bn: text, n: text, bt: number, t: number, bv: number, v: number });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 3 }), (sent) => {
        const plain: unknown = JSON.parse(JSON.stringify(sent));
        const badField = codeOf(jsonBytes(plain)) === "bad_field";
        // Names and values come after the types of earlier records, so one direction only.
        if (badField) expect(senmlSchema.safeParse(plain).success).toBe(false);
        if (codeOf(jsonBytes(plain)) === "accepted") {
          expect(senmlSchema.safeParse(plain).success).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
