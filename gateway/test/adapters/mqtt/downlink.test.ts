import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import mqtt from "mqtt";
import { describe, expect, it } from "vitest";
import type { RawClient } from "./link-fixture.ts";
import { LinkFixture, until } from "./link-fixture.ts";
import { TEST_TLS } from "./tls-fixture.ts";

const CMD = "vz1/espresso/d1/cmd";
const bytes = (text: string): Uint8Array => Buffer.from(text);

async function listening(
  fixture: LinkFixture,
  subscriptions: readonly { topic: string; qos: 0 | 1 | 2 }[] = [{ topic: CMD, qos: 1 }],
  connect: object = {},
): Promise<RawClient> {
  const raw = await fixture.raw();
  await raw.signIn("d1", connect);
  raw.send({ cmd: "subscribe", messageId: 1, subscriptions: [...subscriptions] });
  await until(() => raw.of("suback").length === 1);
  return raw;
}

describe("A command to a device", () => {
  it("arrives at QoS 1, not retained, and is done when the device has acknowledged it", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await listening(fixture);
    expect(fixture.handler.happened).toEqual(["connected d1", "ready d1"]);
    expect(fixture.link.isReady("d1")).toBe(true);
    let done = false;
    const sent = fixture.link.send("d1", "espresso", "cmd", bytes("descale")).then(() => {
      done = true;
    });
    await until(() => raw.of("publish").length === 1);
    const [publish] = raw.of("publish");
    expect(publish).toMatchObject({ topic: CMD, qos: 1, retain: false, dup: false });
    expect(publish?.payload.toString()).toBe("descale");
    expect(done).toBe(false);
    raw.send({ cmd: "puback", messageId: publish?.messageId ?? 0 });
    await sent;
  });

  it("reaches an ordinary client library, many at a time", async () => {
    await using fixture = await LinkFixture.start();
    const device = await fixture.device("d1");
    const seen: string[] = [];
    device.on("message", (_topic, payload) => seen.push(payload.toString()));
    await device.subscribeAsync(CMD, { qos: 1 });
    await until(() => fixture.link.isReady("d1"));
    const texts = Array.from({ length: 16 }, (_, index) => `c${index}`);
    await Promise.all(texts.map((text) => fixture.link.send("d1", "espresso", "cmd", bytes(text))));
    expect(seen).toEqual(texts);
  });

  it("is refused when the device is offline or has not subscribed", async () => {
    await using fixture = await LinkFixture.start();
    const send = () => fixture.link.send("d1", "espresso", "cmd", bytes("x"));
    await expect(send()).rejects.toMatchObject({ code: "VZ_DEVICE_OFFLINE" });
    const raw = await listening(fixture, [{ topic: "vz1/espresso/d1/des", qos: 1 }]);
    expect(fixture.link.isReady("d1")).toBe(false);
    await expect(send()).rejects.toMatchObject({ code: "VZ_DEVICE_NOT_SUBSCRIBED" });
    raw.send({ cmd: "subscribe", messageId: 2, subscriptions: [{ topic: CMD, qos: 1 }] });
    await until(() => fixture.link.isReady("d1"));
    raw.send({ cmd: "unsubscribe", messageId: 3, unsubscriptions: [CMD] });
    await until(() => raw.of("unsuback").length === 1);
    expect(fixture.link.isReady("d1")).toBe(false);
    await expect(send()).rejects.toMatchObject({ code: "VZ_DEVICE_NOT_SUBSCRIBED" });
  });

  it("fails when the device is gone before it acknowledged, and is not sent again by the broker", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await listening(fixture, undefined, { clean: false });
    const sent = fixture.link.send("d1", "espresso", "cmd", bytes("descale"));
    await until(() => raw.of("publish").length === 1);
    raw.socket.destroy();
    await expect(sent).rejects.toMatchObject({ code: "VZ_DEVICE_OFFLINE" });
    const again = await fixture.raw();
    await again.signIn("d1", { clean: false });
    expect(again.of("connack")).toMatchObject([{ returnCode: 0, sessionPresent: true }]);
    // The subscription of the resumed session is in effect without a new SUBSCRIBE.
    await until(() => fixture.link.isReady("d1"));
    expect(fixture.handler.happened.filter((what) => what === "ready d1")).toHaveLength(2);
    again.send({ cmd: "pingreq" });
    await until(() => again.of("pingresp").length === 1);
    expect(again.of("publish")).toEqual([]);
  });

  it("fails in time when the device stays silent, and only so many may wait", async () => {
    await using fixture = await LinkFixture.start({ limits: { sendTimeoutMs: 60, tickMs: 5 } });
    await listening(fixture);
    const sends = Array.from({ length: 17 }, () =>
      fixture.link.send("d1", "espresso", "cmd", bytes("x")),
    );
    const codes = (await Promise.allSettled(sends)).map((result) =>
      result.status === "rejected" ? result.reason.code : "sent",
    );
    expect(codes.slice(0, 16)).toEqual(Array.from({ length: 16 }, () => "VZ_DEVICE_NO_ACK"));
    expect(codes[16]).toBe("VZ_DEVICE_BUSY");
  });

  it("is done when written if the device subscribed at QoS 0", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await listening(fixture, [{ topic: CMD, qos: 0 }]);
    await fixture.link.send("d1", "espresso", "cmd", bytes("x"));
    await until(() => raw.of("publish").length === 1);
    expect(raw.of("publish")[0]?.qos).toBe(0);
  });
});

describe("A second connection of one device", () => {
  it("ends the first, whose will and disconnect are told before the new connection", async () => {
    await using fixture = await LinkFixture.start();
    const will = {
      topic: "vz1/espresso/d1/status",
      payload: Buffer.from("lost"),
      qos: 1,
      retain: true,
    };
    const first = await listening(fixture, undefined, { will });
    const second = await listening(fixture);
    await first.closed;
    expect(fixture.handler.happened).toEqual([
      "connected d1",
      "ready d1",
      "message d1 status",
      "disconnected d1 takeover",
      "connected d1",
      "ready d1",
    ]);
    expect(fixture.metrics.of("takeovers_total", {})).toBe(1);
    expect(fixture.metrics.of("connections")).toBe(1);
    const sent = fixture.link.send("d1", "espresso", "cmd", bytes("x"));
    await until(() => second.of("publish").length === 1);
    second.send({ cmd: "puback", messageId: second.of("publish")[0]?.messageId ?? 0 });
    await sent;
  });

  it("raises an alarm when it happens again and again", async () => {
    await using fixture = await LinkFixture.start();
    for (let count = 0; count < 8; count += 1) {
      await (await fixture.raw()).signIn("d1");
    }
    await until(() => fixture.metrics.of("takeovers_total", {}) === 7);
    expect(fixture.metrics.of("takeover_storms_total", {})).toBe(1);
    expect(
      fixture.log.lines.filter((line) => line.includes("two devices may use one id")),
    ).toHaveLength(1);
    expect(fixture.metrics.of("connections")).toBe(1);
  });
});

describe("Ending a device's connection", () => {
  it("closes it at once and tells why", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await listening(fixture);
    fixture.link.kick("d1", "secret revoked");
    expect(fixture.link.isReady("d1")).toBe(false);
    await raw.closed;
    expect(fixture.handler.happened.at(-1)).toBe("disconnected d1 kicked");
    expect(fixture.log.lines.join("\n")).toContain("secret revoked");
    fixture.link.kick("d1", "once more");
    fixture.link.kick("unknown", "nobody");
  });
});

describe("The TLS listener", () => {
  it("takes messages and delivers commands", async () => {
    await using fixture = await LinkFixture.start({ tls: TEST_TLS });
    const device = await fixture.device("d1", { protocol: "mqtts", ca: TEST_TLS.cert });
    await device.publishAsync("vz1/espresso/d1/tele", "x".repeat(100_000), { qos: 1 });
    await device.subscribeAsync(CMD, { qos: 1 });
    await until(() => fixture.link.isReady("d1"));
    await fixture.link.send("d1", "espresso", "cmd", bytes("x"));
    expect(fixture.handler.messages[0]?.payload).toHaveLength(100_000);
  });

  it("shows a wrong secret as such and survives plain text and old TLS", async () => {
    const limits = { connectTimeoutMs: 300 };
    await using fixture = await LinkFixture.start({ tls: TEST_TLS, limits });
    const wrong = { protocol: "mqtts", ca: TEST_TLS.cert, password: "guess" } as const;
    await expect(fixture.device("d1", wrong)).rejects.toBeInstanceOf(mqtt.ErrorWithReasonCode);
    const plain = await fixture.raw();
    plain.send({ cmd: "pingreq" });
    await plain.closed;
    const old = connectTls({
      port: fixture.port,
      host: "127.0.0.1",
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
      ca: TEST_TLS.cert,
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    await expect(once(old, "secureConnect")).rejects.toThrow();
    const device = await fixture.device("d1", { protocol: "mqtts", ca: TEST_TLS.cert });
    expect(device.connected).toBe(true);
  });
});
