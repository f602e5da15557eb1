import { describe, expect, it } from "vitest";
import { ManualClock } from "../../support/manual-clock.ts";
import { LinkFixture, until } from "./link-fixture.ts";
import { rightConnect } from "./packet-bytes.ts";

const KIB = 1_024;

describe("Many devices that sign in at once", () => {
  it("are taken in their order at a bounded rate, and hold up nobody who is there already", async () => {
    const clock = new ManualClock(0);
    const limits = { tickMs: 100, signInsPerSecond: 5 };
    await using fixture = await LinkFixture.start({ clock, limits });
    const there = await fixture.raw();
    await there.signIn("d9");
    const coming = await Promise.all(Array.from({ length: 8 }, () => fixture.raw()));
    for (const [index, raw] of coming.entries()) {
      raw.socket.write(rightConnect(`d${index + 1}`));
    }
    const accepted = (): number => coming.filter((raw) => raw.of("connack").length === 1).length;
    await until(() => accepted() === 4);
    there.publish("d9", "still here", 1);
    await until(() => there.of("puback").length === 1);
    await clock.advance(500);
    await until(() => accepted() >= 6);
    expect(accepted()).toBeLessThan(8);
    await clock.advance(1_000);
    await until(() => accepted() === 8);
    expect(fixture.metrics.of("connections_paused_total", { cause: "sign_ins" })).toBe(4);
  });
});

describe("The share of one device", () => {
  const flooded = async (limits: { messagesPerSecond?: number; bytesPerSecond?: number }) => {
    const clock = new ManualClock(0);
    const fixture = await LinkFixture.start({ clock, limits: { tickMs: 100, ...limits } });
    const flood = await fixture.raw();
    await flood.signIn("d1");
    for (let id = 1; id <= 100; id += 1) {
      flood.publish("d1", Buffer.alloc(KIB), id);
    }
    const taken = (): number => fixture.handler.messages.length;
    return { clock, fixture, taken };
  };

  it("is so many messages at once and then so many a second, whatever it sends", async () => {
    const { clock, fixture, taken } = await flooded({ messagesPerSecond: 20 });
    await using _ = fixture;
    await until(() => taken() === 20);
    await clock.advance(100);
    expect(taken()).toBe(22);
    await clock.advance(1_000);
    expect(taken()).toBe(42);
    expect(fixture.metrics.of("connections_paused_total", { cause: "rate" })).toBeGreaterThan(0);
  });

  it("is so many bytes at once and then so many a second, however few the messages", async () => {
    const frame = KIB + "vz1/espresso/d1/tele".length + 7;
    const { clock, fixture, taken } = await flooded({ bytesPerSecond: 10 * frame });
    await using _ = fixture;
    await until(() => taken() === 10);
    await clock.advance(200);
    expect(taken()).toBe(12);
    await clock.advance(1_000);
    expect(taken()).toBe(22);
  });

  it("is its own: beside a flood that stands still, another device has all of its own", async () => {
    const { fixture, taken } = await flooded({ messagesPerSecond: 20 });
    await using _ = fixture;
    await until(() => taken() === 20);
    const quiet = await fixture.raw();
    await quiet.signIn("d2");
    for (let id = 1; id <= 20; id += 1) {
      quiet.publish("d2", "x", id);
    }
    await until(() => quiet.of("puback").length === 20);
    expect(taken()).toBe(40);
  });
});
