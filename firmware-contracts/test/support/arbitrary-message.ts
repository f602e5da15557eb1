import fc from "fast-check";
import type { ProductModel, SettingModel, SignalModel, UpMessage } from "../../src/index.ts";
import { COMMAND_STATES } from "../../src/index.ts";

const u32 = fc.nat({ max: 0xffff_ffff });
const instant = fc.nat({ max: 4_102_444_800_000 });
const offsetMs = fc.integer({ min: -86_400_000, max: 0 });
/** JSON has no minus zero of its own, CBOR makes an integer of it. */
const finite = fc
  .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
  .map((value) => (Object.is(value, -0) ? 0 : value));
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const text = fc.string({ maxLength: 40, unit: "grapheme" });
const scalar = fc.oneof(finite, text, fc.boolean());
const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/).filter((name) => name !== "constructor");

const envelope = fc.record({ boot: u32, seq: u32, ts: instant, up: instant }, { requiredKeys: [] });

function valuesFor(signal: SignalModel): fc.Arbitrary<number | string | boolean> {
  switch (signal.kind) {
    case "gauge":
      return finite;
    case "counter":
      return finite.map(Math.abs);
    case "flag":
      return fc.boolean();
    case "state":
      return fc.constantFrom(...(signal.values ?? []));
    case "text":
      return text;
  }
}

const signalValues = (product: ProductModel) =>
  fc.record(
    Object.fromEntries(
      Object.entries(product.signals).map(([name, signal]) => [
        name,
        fc.option(valuesFor(signal), { freq: 10 }),
      ]),
    ),
    { requiredKeys: [], noNullPrototype: true },
  );

function settingValue(kind: SettingModel["kind"]): fc.Arbitrary<number | string | boolean> {
  switch (kind) {
    case "number":
      return finite;
    case "string":
      return text;
    case "boolean":
      return fc.boolean();
  }
}

const settingsOf = (product: ProductModel) =>
  fc.record(
    Object.fromEntries(
      Object.entries(product.settings).map(([name, { kind }]) => [name, settingValue(kind)]),
    ),
    { requiredKeys: [], noNullPrototype: true },
  );

/** Every message that a device of the product may send. */
export function arbitraryMessage(product: ProductModel): fc.Arbitrary<UpMessage> {
  const points = fc.array(fc.record({ offsetMs, values: signalValues(product) }), {
    minLength: 1,
    maxLength: 5,
  });
  const attrs = fc.dictionary(key, fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })), {
    maxKeys: 5,
    noNullPrototype: true,
  });
  const events = fc.array(
    fc.record({ code: fc.constantFrom(...Object.keys(product.events)), offsetMs, attrs }),
    { minLength: 1, maxLength: 4 },
  );
  const settings = settingsOf(product);
  const state = fc.constantFrom(...COMMAND_STATES);
  const bodies: fc.Arbitrary<unknown>[] = [
    fc.record({ class: fc.constantFrom("tele", "hist"), points }),
    fc.record({ class: fc.constant("event"), events }),
    fc.record(
      {
        class: fc.constant("status"),
        state: fc.constantFrom("online", "offline", "lost", "sleeping"),
        reason: text,
        wakeS: u32,
      },
      { requiredKeys: ["class", "state"] },
    ),
    fc.record(
      {
        class: fc.constant("birth"),
        model: text,
        hardware: text,
        firmware: text,
        settings,
        attrs: fc.dictionary(key, scalar, { maxKeys: 5, noNullPrototype: true }),
      },
      { requiredKeys: ["class", "settings", "attrs"] },
    ),
    fc.record(
      { class: fc.constant("res"), id, state, code: text, msg: text, was: state },
      { requiredKeys: ["class", "id", "state"] },
    ),
    fc.record({ class: fc.constant("rep"), version: u32, settings }),
    fc.record({ class: fc.constant("time"), up: instant }),
  ];
  return fc
    .tuple(envelope, fc.oneof(...bodies))
    .map(([head, body]) => ({ ...head, ...(body as object) }) as UpMessage);
}
