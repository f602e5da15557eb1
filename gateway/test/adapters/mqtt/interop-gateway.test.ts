import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { RawClient } from "./link-fixture.ts";
import { LinkFixture, until } from "./link-fixture.ts";

const topic = (cls: string, device = "d1"): string => `vz1/espresso/${device}/${cls}`;
const bytes = (text: string): Buffer => Buffer.from(text);

function publish(raw: RawClient, qos: 0 | 1 | 2, messageId: number, more: object = {}): void {
  const common = { cmd: "publish", topic: topic("tele"), payload: `qos ${qos}` } as const;
  raw.send({ ...common, qos, messageId, dup: false, retain: false, ...more });
}

async function subscribe(
  raw: RawClient,
  messageId: number,
  filters: readonly (readonly [filter: string, qos: 0 | 1 | 2])[],
): Promise<readonly unknown[]> {
  const subscriptions = filters.map(([filter, qos]) => ({ topic: filter, qos }));
  raw.send({ cmd: "subscribe", messageId, subscriptions });
  await until(() => raw.of("suback").some((packet) => packet.messageId === messageId));
  return raw.of("suback").find((packet) => packet.messageId === messageId)?.granted ?? [];
}

/**
 * The scenarios of the public interoperability suite for MQTT 3.1.1 as they end at the gateway, which takes messages of devices
 * and sends to one device at a time: no topic is free, nothing is passed from device to device.
 */
describe("The gateway's broker", () => {
  it("basic: takes QoS 0, 1 and 2 once each and answers each in its way; ends who connects twice or speaks another protocol", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1");
    publish(raw, 0, 0);
    publish(raw, 1, 1);
    publish(raw, 2, 2);
    await until(() => raw.of("pubrec").length === 1);
    raw.send({ cmd: "pubrel", messageId: 2 });
    await until(() => raw.of("pubcomp").length === 1);
    expect(raw.received.map(({ cmd }) => cmd)).toEqual(["connack", "puback", "pubrec", "pubcomp"]);
    expect(fixture.handler.texts()).toEqual(["qos 0", "qos 1", "qos 2"]);
    await raw.signIn("d1");
    await raw.closed;
    expect(fixture.handler.happened.at(-1)).toBe("disconnected d1 protocol_error");

    const other = await fixture.raw();
    other.bytes(0x10, 14, 0, 2, 0x68, 0x6a, 4, 2, 0, 60, 0, 4, 0x6e, 0x61, 0x6d, 0x65);
    await other.closed;
    expect(other.received).toEqual([]);
  });

  it("retained messages: takes them like any other, keeps none for later subscribers, and lets no device leave a command", async () => {
    await using fixture = await LinkFixture.start();
    const publisher = await fixture.raw();
    await publisher.signIn("d1");
    publish(publisher, 1, 1, { topic: topic("status"), payload: '{"s":"online"}', retain: true });
    await until(() => publisher.of("puback").length === 1);
    expect(fixture.handler.texts()).toEqual(['{"s":"online"}']);
    expect(await subscribe(publisher, 2, [[topic("cmd"), 1]])).toEqual([1]);
    publisher.send({ cmd: "pingreq" });
    await until(() => publisher.of("pingresp").length === 1);
    expect(publisher.of("publish")).toEqual([]);
    publish(publisher, 1, 3, { topic: topic("cmd"), payload: "descale", retain: true });
    await publisher.closed;
    expect(fixture.handler.refusals).toMatchObject([{ client: "d1", code: "wrong_topic" }]);

    const again = await fixture.raw();
    await again.signIn("d1");
    await subscribe(again, 1, [[topic("cmd"), 1]]);
    void fixture.link.send("d1", "espresso", "cmd", bytes("now")).catch(() => undefined);
    await until(() => again.of("publish").length === 1);
    expect(again.of("publish")).toMatchObject([{ retain: false, payload: bytes("now") }]);
  });

  it("offline message queueing: refuses to send to a device that is away, so that nothing outdated waits; a kept session is ready at once", async () => {
    await using fixture = await LinkFixture.start();
    const away = await fixture.raw();
    await away.signIn("d1", { clean: false });
    await subscribe(away, 1, [[topic("cmd"), 1]]);
    away.send({ cmd: "disconnect" });
    await away.closed;
    await until(() => !fixture.link.isReady("d1"));
    const outdated = fixture.link.send("d1", "espresso", "cmd", bytes("outdated"));
    await expect(outdated).rejects.toMatchObject({ code: "VZ_DEVICE_OFFLINE" });

    const back = await fixture.raw();
    await back.signIn("d1", { clean: false });
    expect(back.of("connack")).toMatchObject([{ sessionPresent: true }]);
    await until(() => fixture.link.isReady("d1"));
    void fixture.link.send("d1", "espresso", "cmd", bytes("valid")).catch(() => undefined);
    await until(() => back.of("publish").length > 0);
    expect(back.of("publish").map(({ payload }) => String(payload))).toEqual(["valid"]);
  });

  it("will message: is taken before the news of the loss, never after a goodbye, and only for the device itself", async () => {
    await using fixture = await LinkFixture.start();
    const will = { topic: topic("status"), payload: bytes("lost"), qos: 1, retain: true };
    const polite = await fixture.raw();
    await polite.signIn("d1", { will });
    polite.send({ cmd: "disconnect" });
    await polite.closed;
    const lost = await fixture.raw();
    await lost.signIn("d1", { will });
    lost.socket.destroy();
    await until(() => fixture.handler.happened.length === 5);
    expect(fixture.handler.happened).toEqual([
      "connected d1",
      "disconnected d1 client",
      "connected d1",
      "message d1 status",
      "disconnected d1 lost",
    ]);
    const foreign = await fixture.raw();
    await foreign.signIn("d1", { will: { ...will, topic: topic("status", "d2") } });
    expect(foreign.of("connack")).toMatchObject([{ returnCode: 5 }]);
  });

  it("zero-length client id: is refused with code 2 whatever the session, as the id says whose device it is", async () => {
    await using fixture = await LinkFixture.start();
    for (const clean of [0, 2]) {
      const raw = await fixture.raw();
      raw.bytes(0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, clean, 0, 60, 0, 0);
      await raw.closed;
      expect(raw.of("connack")).toMatchObject([{ returnCode: 2 }]);
    }
    const reason = "bad_client_id";
    expect(fixture.metrics.of("auth_failures_total", { reason })).toBe(2);
  });

  it("overlapping subscriptions: sends a command once, at the QoS that was asked for last", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1");
    expect(await subscribe(raw, 1, [[topic("cmd"), 0]])).toEqual([0]);
    expect(
      await subscribe(raw, 2, [
        [topic("cmd"), 1],
        ["vz1/espresso/d1/#", 2],
        ["vz1/espresso/d1/+", 1],
        [`${topic("cmd")}/#`, 1],
      ]),
    ).toEqual([1, 0x80, 0x80, 0x80]);
    void fixture.link.send("d1", "espresso", "cmd", bytes("once")).catch(() => undefined);
    await until(() => raw.of("publish").length > 0);
    raw.send({ cmd: "pingreq" });
    await until(() => raw.of("pingresp").length === 1);
    expect(raw.of("publish")).toMatchObject([{ qos: 1 }]);
  });

  it("keepalive: takes a silent device for lost after one and a half times its keepalive, with its will", async () => {
    await using fixture = await LinkFixture.start({ speed: 10, limits: { tickMs: 50 } });
    const raw = await fixture.raw();
    const will = { topic: topic("status"), payload: bytes("lost"), qos: 1, retain: true };
    await raw.signIn("d1", { keepalive: 5, will });
    await raw.closed;
    await until(() => fixture.handler.happened.length === 3);
    expect(fixture.handler.happened).toEqual([
      "connected d1",
      "message d1 status",
      "disconnected d1 keepalive_timeout",
    ]);
  });

  it("redelivery on reconnect: takes a repeat at QoS 1 again (the envelope tells), at QoS 2 once; tells the sender of a command that it was not acknowledged, and repeats none by itself", async () => {
    await using fixture = await LinkFixture.start();
    const first = await fixture.raw();
    await first.signIn("d1", { clean: false });
    publish(first, 1, 1);
    publish(first, 2, 2);
    await until(() => first.of("pubrec").length === 1);
    await subscribe(first, 3, [[topic("cmd"), 1]]);
    const unacknowledged = fixture.link.send("d1", "espresso", "cmd", bytes("descale"));
    await until(() => first.of("publish").length === 1);
    first.socket.destroy();
    await expect(unacknowledged).rejects.toMatchObject({ code: "VZ_DEVICE_OFFLINE" });

    const again = await fixture.raw();
    await again.signIn("d1", { clean: false });
    publish(again, 1, 1, { dup: true });
    publish(again, 2, 2, { dup: true });
    await until(() => again.of("pubrec").length === 1);
    again.send({ cmd: "pubrel", messageId: 2 });
    await until(() => again.of("pubcomp").length === 1);
    expect(fixture.handler.texts()).toEqual(["qos 1", "qos 2", "qos 1"]);
    expect(again.of("publish")).toEqual([]);
  });

  it("subscribe failure: answers each filter of a list by itself, in order", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1");
    const granted = await subscribe(raw, 1, [
      [topic("cmd", "d2"), 1],
      [topic("cmd"), 1],
      [topic("tele"), 1],
      [topic("des"), 2],
      ["test/nosubscribe", 0],
    ]);
    expect(granted).toEqual([0x80, 1, 0x80, 2, 0x80]);
    expect(fixture.metrics.of("subscriptions_refused_total", {})).toBe(3);
    expect(raw.isClosed).toBe(false);
  });

  it("$-topics: shows nothing of the broker's inside to anybody, shares no subscription, and takes no message there", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1");
    const granted = await subscribe(raw, 1, [
      ["$SYS/#", 0],
      ["#", 0],
      ["+/+", 0],
      [`$share/group/${topic("cmd")}`, 1],
    ]);
    expect(granted).toEqual([0x80, 0x80, 0x80, 0x80]);
    publish(raw, 1, 2, { topic: "$SYS/broker/log" });
    await raw.closed;
    expect(fixture.handler.refusals).toMatchObject([{ code: "wrong_topic" }]);
    expect(fixture.handler.messages).toEqual([]);
    expect(raw.of("publish")).toEqual([]);
  });

  it("unsubscribe: ends one subscription and leaves the others", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1");
    await subscribe(raw, 1, [
      [topic("cmd"), 1],
      [topic("des"), 1],
      [topic("time"), 0],
    ]);
    raw.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: [topic("cmd")] });
    await until(() => raw.of("unsuback").length === 1);
    await until(() => !fixture.link.isReady("d1"));
    await expect(fixture.link.send("d1", "espresso", "cmd", bytes("x"))).rejects.toMatchObject({
      code: "VZ_DEVICE_NOT_SUBSCRIBED",
    });
    void fixture.link.send("d1", "espresso", "des", bytes("settings")).catch(() => undefined);
    await until(() => raw.of("publish").length > 0);
    await delay(20);
    expect(raw.of("publish").map((packet) => packet.topic)).toEqual([topic("des")]);
  });
});
