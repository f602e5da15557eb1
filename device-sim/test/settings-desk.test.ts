import { encodeDesired } from "@voorzorg/firmware-contracts";
import { describe, expect, it } from "vitest";
import { DeviceSettings } from "../src/models/device-settings.ts";
import { SettingsDesk } from "../src/settings-desk.ts";

function desk() {
  const settings = new DeviceSettings({
    setpoint: { value: 93, range: [80, 96] },
    reminders: { value: true },
  });
  const one = new SettingsDesk({
    take: (wanted) => settings.take(wanted),
    inUse: () => settings.values(),
  });
  const want = (version: number, wanted: Record<string, string | number | boolean>) =>
    one.receive(encodeDesired({ version, settings: wanted }));
  return { want };
}

describe("wanted settings at a device", () => {
  it("are taken over and reported with their version", () => {
    expect(desk().want(3, { setpoint: 90, reminders: false })).toEqual({
      version: 3,
      settings: { setpoint: 90, reminders: false },
    });
  });

  it("are refused one by one where the device cannot, and the report says what it works with", () => {
    const wanted = { setpoint: 97.5, reminders: false, espresso_mode: 1 };
    expect(desk().want(1, wanted)).toEqual({
      version: 1,
      settings: { setpoint: 93, reminders: false },
    });
    expect(desk().want(1, { setpoint: "hot" })?.settings.setpoint).toBe(93);
  });

  it("change nothing when they are sent again, or come late", () => {
    const { want } = desk();
    want(2, { setpoint: 90 });
    expect(want(2, { setpoint: 90 })).toMatchObject({ version: 2, settings: { setpoint: 90 } });
    expect(want(1, { setpoint: 85 })).toMatchObject({ version: 2, settings: { setpoint: 90 } });
  });
});
