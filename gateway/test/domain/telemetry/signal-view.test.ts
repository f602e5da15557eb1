import { parseProduct } from "@voorzorg/firmware-contracts";
import { expect, test } from "vitest";
import type { Presence } from "#domain/device-view.ts";
import { DeviceSignals } from "#domain/telemetry/signal-view.ts";
import { MINUTE_MS } from "#domain/units.ts";
import { BOILER_PRODUCT } from "../../support/boiler-ruleset.ts";
import { START } from "../../support/records.ts";

const parsed = parseProduct(BOILER_PRODUCT.path, BOILER_PRODUCT.text);
if (!parsed.ok) throw new Error("the test product does not parse");
const model = parsed.model;

const seen = (minutesAgo: number, presence: Presence, value: number | string | null) =>
  new DeviceSignals(
    model,
    { signals: { temp: [value, START], state: [value, START], cups: [value, START] }, presence },
    START + minutesAgo * MINUTE_MS,
  );

test("a gauge or counter is known for three expected periods and then unknown, on any presence", () => {
  for (const presence of ["online", "lost", "unknown"] as const) {
    expect(seen(3, presence, 90).get("temp")).toBe(90);
    expect(seen(3, presence, 90).get("cups")).toBe(90);
    expect(
      new DeviceSignals(
        model,
        { signals: { temp: [90, START] }, presence },
        START + 3 * MINUTE_MS + 1,
      ).get("temp"),
    ).toBeUndefined();
  }
});

test.each([
  ["online", "on"],
  ["offline", undefined],
  ["sleeping", undefined],
  ["lost", undefined],
  ["unknown", undefined],
  ["never_seen", undefined],
] as const)("a state of a device that is %s is %s", (presence, expected) => {
  expect(seen(10_000, presence, "on").get("state")).toBe(expected);
});

test("null is unknown now, and so is what was never seen or is not in the product", () => {
  expect(seen(0, "online", null).get("temp")).toBeUndefined();
  expect(seen(0, "online", null).get("state")).toBeUndefined();
  expect(
    new DeviceSignals(model, { signals: {}, presence: "online" }, START).get("temp"),
  ).toBeUndefined();
  const odd = { signals: { colour: ["red", START] as const }, presence: "online" as const };
  expect(new DeviceSignals(model, odd, START).get("colour")).toBeUndefined();
});
