import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { LinkFixture, until } from "./link-fixture.ts";

const KIB = 1_024;
const never = (): Promise<void> => new Promise(() => {});

describe("A device that sends faster than its messages become durable", () => {
  it("is not read beyond 256 KiB, loses nothing, and does not slow down the others", async () => {
    await using fixture = await LinkFixture.start();
    const gate = Promise.withResolvers<void>();
    fixture.handler.durable = ({ device }) => (device === "d1" ? gate.promise : Promise.resolve());
    const flood = await fixture.raw();
    await flood.signIn("d1");
    for (let id = 1; id <= 400; id += 1) {
      flood.publish("d1", Buffer.alloc(16 * KIB, id % 256), id);
    }
    await until(() => fixture.handler.messages.length > 0);
    await delay(50);
    expect(fixture.handler.messages.length).toBeLessThanOrEqual(17);

    const other = await fixture.raw();
    await other.signIn("d2");
    const started = performance.now();
    for (let id = 1; id <= 20; id += 1) {
      other.publish("d2", "x", id);
      await until(() => other.of("puback").length === id);
    }
    expect((performance.now() - started) / 20).toBeLessThan(50);

    gate.resolve();
    await until(() => flood.of("puback").length === 400);
    const floods = fixture.handler.messages.filter(({ device }) => device === "d1");
    expect(floods.map(({ payload }) => payload[0])).toEqual(
      Array.from({ length: 400 }, (_, index) => (index + 1) % 256),
    );
  });

  it("is closed as overload when it stands still for too long", async () => {
    await using fixture = await LinkFixture.start({ limits: { overloadMs: 100, tickMs: 5 } });
    fixture.handler.durable = never;
    const flood = await fixture.raw();
    await flood.signIn("d1");
    for (let id = 1; id <= 40; id += 1) {
      flood.publish("d1", Buffer.alloc(16 * KIB), id);
    }
    await flood.closed;
    expect(fixture.handler.happened.at(-1)).toBe("disconnected d1 overload");
    expect(flood.of("puback")).toEqual([]);
  });

  it("is not closed for its keepalive while it is not read", async () => {
    const limits = { overloadMs: 60_000, tickMs: 50, unackedPerClient: 4 * KIB };
    await using fixture = await LinkFixture.start({ limits, speed: 10 });
    const gate = Promise.withResolvers<void>();
    fixture.handler.durable = () => gate.promise;
    const raw = await fixture.raw();
    await raw.signIn("d1", { keepalive: 1 });
    for (let id = 1; id <= 10; id += 1) {
      raw.publish("d1", Buffer.alloc(2 * KIB), id);
    }
    await delay(400);
    raw.send({ cmd: "pingreq" });
    expect(raw.isClosed).toBe(false);
    gate.resolve();
    await until(() => raw.of("puback").length === 10 && raw.of("pingresp").length === 1);
  });

  it("loses only QoS 0, and every loss is counted", async () => {
    await using fixture = await LinkFixture.start({ limits: { unackedPerClient: 4 * KIB } });
    const gate = Promise.withResolvers<void>();
    fixture.handler.durable = () => gate.promise;
    const raw = await fixture.raw();
    await raw.signIn("d1");
    const common = {
      cmd: "publish",
      topic: "vz1/espresso/d1/tele",
      dup: false,
      retain: false,
    } as const;
    for (let count = 1; count <= 20; count += 1) {
      raw.send({ ...common, payload: Buffer.alloc(KIB), qos: 0 });
    }
    raw.publish("d1", "kept", 1);
    await until(() => fixture.handler.texts().includes("kept"));
    gate.resolve();
    await until(() => raw.of("puback").length === 1);
    const taken = fixture.handler.messages.filter(({ qos }) => qos === 0).length;
    expect(taken).toBeGreaterThan(1);
    expect(taken + fixture.metrics.of("messages_shed_total", {})).toBe(20);
  });
});

describe("Many devices that together send faster than the service can store", () => {
  it("are all held at the total, and the heaviest is closed so that the others live", async () => {
    const limits = { unackedTotal: 64 * KIB, overloadMs: 100, tickMs: 5 };
    await using fixture = await LinkFixture.start({ limits });
    const gate = Promise.withResolvers<void>();
    fixture.handler.durable = () => gate.promise;
    const light = await fixture.raw();
    await light.signIn("d2");
    light.publish("d2", Buffer.alloc(KIB), 1);
    await until(() => fixture.handler.messages.length === 1);
    const heavy = await fixture.raw();
    await heavy.signIn("d1");
    for (let id = 1; id <= 100; id += 1) {
      heavy.publish("d1", Buffer.alloc(4 * KIB), id);
    }
    await heavy.closed;
    expect(fixture.handler.happened.at(-1)).toBe("disconnected d1 overload");
    expect(fixture.handler.messages.length).toBeLessThan(20);
    expect(light.isClosed).toBe(false);
    gate.resolve();
    await until(() => light.of("puback").length === 1);
    light.publish("d2", "on", 2);
    await until(() => light.of("puback").length === 2);
    await until(() => fixture.metrics.of("unacknowledged_bytes") === 0);
  });
});

describe("A device that sends more messages than its rate allows", () => {
  it("is slowed down and loses nothing", async () => {
    await using fixture = await LinkFixture.start({
      limits: { messagesPerSecond: 100, tickMs: 20 },
    });
    const raw = await fixture.raw();
    await raw.signIn("d1");
    const started = performance.now();
    for (let id = 1; id <= 150; id += 1) {
      raw.publish("d1", String(id), id);
    }
    await until(() => raw.of("puback").length === 150);
    expect(performance.now() - started).toBeGreaterThan(400);
    expect(fixture.handler.texts()).toEqual(
      Array.from({ length: 150 }, (_, index) => String(index + 1)),
    );
    expect(fixture.metrics.of("connections_paused_total", { cause: "rate" })).toBeGreaterThan(0);
  });
});

describe("A device that reads nothing of what it is sent", () => {
  it("does not keep the messages of others from being stored and acknowledged", async () => {
    await using fixture = await LinkFixture.start({ limits: { drainTimeoutMs: 300 } });
    const frozen = await fixture.raw();
    await frozen.signIn("d1");
    frozen.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: "vz1/espresso/d1/cmd", qos: 1 }],
    });
    await until(() => fixture.link.isReady("d1"));
    frozen.socket.pause();
    const outcomes = Array.from({ length: 16 }, () =>
      fixture.link.send("d1", "espresso", "cmd", Buffer.alloc(512 * KIB)).catch(({ code }) => code),
    );
    const other = await fixture.raw();
    await other.signIn("d2");
    for (let id = 1; id <= 200; id += 1) {
      other.publish("d2", String(id), id);
    }
    await until(() => other.of("puback").length === 200);
    frozen.socket.destroy();
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["VZ_DEVICE_OFFLINE"]));
  });
});

describe("A device that is connected and takes nothing", () => {
  it("is closed after the time for it, so that it does not count as online", async () => {
    const limits = { drainTimeoutMs: 100, tickMs: 2, sendWindow: 64 };
    await using fixture = await LinkFixture.start({ limits });
    const frozen = await fixture.raw();
    await frozen.signIn("d1");
    const subscriptions = [{ topic: "vz1/espresso/d1/cmd", qos: 1 } as const];
    frozen.send({ cmd: "subscribe", messageId: 1, subscriptions });
    await until(() => fixture.link.isReady("d1"));
    frozen.socket.pause();
    const outcomes = Array.from({ length: 40 }, () =>
      fixture.link.send("d1", "espresso", "cmd", Buffer.alloc(512 * KIB)).catch(({ code }) => code),
    );
    await until(() => fixture.handler.happened.includes("disconnected d1 drain_timeout"));
    expect(fixture.link.isReady("d1")).toBe(false);
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["VZ_DEVICE_OFFLINE"]));
  });

  it("stays while it takes something, however slowly", async () => {
    const limits = { drainTimeoutMs: 150, tickMs: 2, sendWindow: 64 };
    await using fixture = await LinkFixture.start({ limits });
    const slow = await fixture.raw();
    await slow.signIn("d1");
    const subscriptions = [{ topic: "vz1/espresso/d1/cmd", qos: 1 } as const];
    slow.send({ cmd: "subscribe", messageId: 1, subscriptions });
    await until(() => fixture.link.isReady("d1"));
    const sent = Array.from({ length: 40 }, () =>
      fixture.link.send("d1", "espresso", "cmd", Buffer.alloc(512 * KIB)).catch(({ code }) => code),
    );
    for (let turn = 0; turn < 30; turn += 1) {
      slow.socket.pause();
      await delay(15);
      slow.socket.resume();
      await delay(3);
    }
    expect(slow.isClosed).toBe(false);
    slow.socket.destroy();
    await Promise.all(sent);
  });
});

describe("A device that falls silent", () => {
  it("is closed after one and a half times its keepalive", async () => {
    await using fixture = await LinkFixture.start({ limits: { tickMs: 50 }, speed: 10 });
    const raw = await fixture.raw();
    await raw.signIn("d1", { keepalive: 2 });
    for (let count = 0; count < 4; count += 1) {
      await delay(100);
      raw.send({ cmd: "pingreq" });
    }
    expect(raw.isClosed).toBe(false);
    const started = performance.now();
    await raw.closed;
    expect(performance.now() - started).toBeGreaterThan(250);
    expect(fixture.handler.happened.at(-1)).toBe("disconnected d1 keepalive_timeout");
  });

  it("in the middle of a packet is closed after the time for one packet", async () => {
    await using fixture = await LinkFixture.start({ limits: { frameTimeoutMs: 100, tickMs: 5 } });
    const raw = await fixture.raw();
    await raw.signIn("d1");
    raw.bytes(0x32, 0x80, 0x08, 0, 20);
    await raw.closed;
    expect(fixture.handler.happened.at(-1)).toBe("disconnected d1 frame_timeout");
  });
});
