import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeCommand,
  decodeDesired,
  decodeTimeAnswer,
  encodeCommand,
  encodeDesired,
  encodeMeasurement,
  encodeStatus,
  encodeTimeAnswer,
} from "../src/index.ts";

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const formats = ["json", "cbor"] as const;
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const whole = fc.nat({ max: 4_102_444_800_000 });

describe("what the service sends", () => {
  test.each(formats)("a command survives %s", (format) => {
    const command = fc.record({
      id,
      name: id,
      args: fc.dictionary(
        fc
          .stringMatching(/^[a-z]{1,12}$/)
          .filter((name) => !["constructor", "prototype"].includes(name)),
        fc.oneof(fc.integer(), fc.string(), fc.boolean()),
        { noNullPrototype: true, maxKeys: 6 },
      ),
      iat: whole,
      exp: whole,
      ttl: fc.nat(),
      ctr: fc.maxSafeNat(),
    });
    fc.assert(
      fc.property(command, (sent) => {
        expect(decodeCommand(encodeCommand(sent, format))).toEqual({ ok: true, value: sent });
      }),
    );
  });

  test.each(formats)("desired settings and the time survive %s", (format) => {
    const desired = { version: 12, settings: { setpoint: 92.5, reminders: true, language: "nl" } };
    expect(decodeDesired(encodeDesired(desired, format))).toEqual({ ok: true, value: desired });
    const time = { up: 883_121, ts: 1_795_356_199_123 };
    expect(decodeTimeAnswer(encodeTimeAnswer(time, format))).toEqual({ ok: true, value: time });
  });
});

describe("what a device sends is short", () => {
  test("one moment of now is a plain m", () => {
    const bytes = encodeMeasurement({
      boot: 417,
      seq: 90_211,
      ts: 1_795_356_199_123,
      points: [{ offsetMs: 0, values: { boiler_temp: 93.4, state: "idle" } }],
    });
    expect(textOf(bytes)).toBe(
      '{"boot":417,"seq":90211,"ts":1795356199123,"m":{"boiler_temp":93.4,"state":"idle"}}',
    );
  });

  test("CBOR of the same message is shorter than JSON", () => {
    const message = { boot: 1, seq: 2, points: [{ offsetMs: 0, values: { boiler_temp: 93.5 } }] };
    expect(encodeMeasurement(message, "cbor").length).toBeLessThan(
      encodeMeasurement(message).length,
    );
  });

  test("absent fields are not sent", () => {
    expect(textOf(encodeStatus({ state: "online" }))).toBe('{"s":"online"}');
  });

  test("an absolute time becomes an offset from the envelope's ts", () => {
    const points = [{ offsetMs: 0, absoluteMs: 900, values: { flow: 1 } }];
    expect(textOf(encodeMeasurement({ ts: 1_000, points }))).toBe(
      '{"ts":1000,"p":[{"t":-100,"m":{"flow":1}}]}',
    );
    expect(() => encodeMeasurement({ points })).toThrow(/needs the envelope's ts/);
  });

  test.each(formats)("NaN is a mistake of the caller and not sent as null in %s", (format) => {
    const points = [{ offsetMs: 0, values: { flow: Number.NaN } }];
    expect(() => encodeMeasurement({ points }, format)).toThrow(/"flow" is NaN/);
  });
});
