import type { IConnackPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { HandClock } from "../../support/http-fakes.ts";
import type { RawClient } from "./link-fixture.ts";
import { LinkFixture, until } from "./link-fixture.ts";

const returnCode = (raw: RawClient): IConnackPacket["returnCode"] =>
  raw.of("connack")[0]?.returnCode;

async function answerTo(fixture: LinkFixture, connect: object): Promise<number | undefined> {
  const raw = await fixture.raw();
  await raw.signIn("d1", connect);
  return returnCode(raw);
}

describe("Signing in", () => {
  it.each([
    ["the device's own id and secret", {}, 0],
    ["a wrong secret", { password: Buffer.from("secret-d2") }, 4],
    ["no user name and no password", { username: undefined, password: undefined }, 4],
    ["another device's user name", { username: "d2" }, 4],
    [
      "a device that is not registered",
      { clientId: "x1", username: "x1", password: Buffer.from("secret-x1") },
      4,
    ],
    ["no client id and a clean session", { clientId: "" }, 2],
    ["no client id and a session to keep", { clientId: "", clean: false }, 2],
    ["a client id with a slash", { clientId: "a/b", username: "a/b" }, 2],
    ["a client id of 65 characters", { clientId: "a".repeat(65) }, 2],
    ["no keepalive", { keepalive: 0 }, 6],
    ["a keepalive of over half an hour", { keepalive: 1_801 }, 6],
  ])("with %s is answered with the right code", async (_what, connect, expected) => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1", connect);
    expect(returnCode(raw)).toBe(expected);
    if (expected !== 0) {
      await raw.closed;
      expect(fixture.handler.happened).toEqual([]);
    }
  });

  it("without a user name is accepted only when registration is open", async () => {
    await using fixture = await LinkFixture.start({ open: true });
    const nameless = { clientId: "new-1", username: undefined, password: undefined };
    expect(await answerTo(fixture, nameless)).toBe(0);
    expect(await answerTo(fixture, { clientId: "new-1", username: "new-2" })).toBe(4);
  });

  it("is not even tried from an address with many failures, until a second has passed", async () => {
    const clock = new HandClock(0);
    await using fixture = await LinkFixture.start({ limits: { tickMs: 1_000 }, clock });
    const wrong = { password: Buffer.from("guess") };
    const codes = new Set<number | undefined>();
    for (let count = 0; count < 20; count += 1) {
      codes.add(await answerTo(fixture, wrong));
    }
    expect([...codes]).toEqual([4]);
    expect(fixture.metrics.of("auth_failures_total", { reason: "wrong_secret" })).toBe(20);
    expect(await answerTo(fixture, {})).toBe(3);
    expect(fixture.metrics.of("auth_failures_total", { reason: "backoff" })).toBe(1);
    expect(fixture.log.lines.filter((line) => line.includes("sign-in refused"))).toHaveLength(1);
    await clock.pass(1_000);
    expect(await answerTo(fixture, {})).toBe(0);
  });

  it("never writes a secret into the log", async () => {
    await using fixture = await LinkFixture.start();
    await answerTo(fixture, { password: Buffer.from("my-secret-word") });
    expect(fixture.log.lines.join("\n")).toContain("sign-in refused");
    expect(fixture.log.lines.join("\n")).not.toContain("my-secret-word");
  });
});

describe("A publish", () => {
  it.each([
    ["vz1/espresso/d1", "wrong_topic"],
    ["vz2/espresso/d1/tele", "wrong_topic"],
    ["vz1/espresso/d1/tele/x", "wrong_topic"],
    ["vz1/espresso/d1/cmd", "wrong_topic"],
    ["/vz1/espresso/d1/tele", "wrong_topic"],
    ["$SYS/x/heartbeat", "wrong_topic"],
    ["vz1/espresso/d2/tele", "wrong_device"],
    ["vz1/pump/d1/tele", "wrong_product"],
  ])("to %s is refused as %s and closes the connection", async (topic, code) => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1");
    raw.send({
      cmd: "publish",
      topic,
      payload: "hello",
      qos: 1,
      messageId: 1,
      dup: false,
      retain: false,
    });
    await raw.closed;
    expect(raw.of("puback")).toHaveLength(0);
    expect(fixture.handler.messages).toHaveLength(0);
    expect(fixture.handler.refusals).toMatchObject([{ client: "d1", topic, code }]);
    expect(Buffer.from(fixture.handler.refusals[0]?.payload ?? []).toString()).toBe("hello");
    expect(fixture.handler.happened.at(-1)).toBe("disconnected d1 refused");
    expect(fixture.metrics.of("messages_refused_total", { code })).toBe(1);
  });

  it("of a device that was removed from the registry meanwhile is refused", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1");
    raw.publish("d1", "1", 1);
    await until(() => raw.of("puback").length === 1);
    fixture.directory.removed.add("d1");
    raw.publish("d1", "2", 2);
    await raw.closed;
    expect(fixture.handler.texts()).toEqual(["1"]);
    expect(fixture.handler.refusals).toMatchObject([{ code: "not_registered" }]);
  });

  it("of an unknown device fixes its product when registration is open", async () => {
    await using fixture = await LinkFixture.start({ open: true });
    const device = await fixture.device("new-1");
    await device.publishAsync("vz1/pump/new-1/tele", "x", { qos: 1 });
    expect(fixture.handler.messages).toMatchObject([{ product: "pump", device: "new-1" }]);
    device.publish("vz1/espresso/new-1/tele", "y", { qos: 0 });
    await until(() => fixture.handler.refusals.length === 1);
    expect(fixture.handler.refusals[0]?.code).toBe("wrong_product");
  });
});

describe("A will", () => {
  const will = (topic: string) => ({
    will: { topic, payload: Buffer.from('{"s":"lost"}'), qos: 1, retain: true },
  });

  it("is appended once, before the news of the disconnect, when the connection breaks", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1", will("vz1/espresso/d1/status"));
    raw.publish("d1", "1", 1);
    await until(() => raw.of("puback").length === 1);
    raw.socket.resetAndDestroy();
    await until(() => fixture.handler.happened.length === 4);
    expect(fixture.handler.happened).toEqual([
      "connected d1",
      "message d1 tele",
      "message d1 status",
      "disconnected d1 lost",
    ]);
    expect(fixture.handler.messages.at(-1)).toMatchObject({
      product: "espresso",
      device: "d1",
      class: "status",
    });
    expect(fixture.handler.texts().at(-1)).toBe('{"s":"lost"}');
  });

  it("is dropped when the device says goodbye", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1", will("vz1/espresso/d1/status"));
    raw.send({ cmd: "disconnect" });
    await raw.closed;
    expect(fixture.handler.happened).toEqual(["connected d1", "disconnected d1 client"]);
  });

  it.each([
    ["vz1/espresso/d2/status", "wrong_device"],
    ["vz1/pump/d1/status", "wrong_product"],
    ["vz1/espresso/d1/cmd", "wrong_topic"],
    ["vz1/espresso/+/status", "wrong_topic"],
  ])("for %s is refused at sign-in with its reason", async (topic, code) => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1", will(topic));
    await raw.closed;
    expect(returnCode(raw)).toBe(5);
    expect(fixture.handler.refusals).toMatchObject([{ client: "d1", topic, code }]);
    expect(fixture.handler.happened).toEqual([]);
  });
});

describe("A subscription", () => {
  it.each([
    ["vz1/espresso/d1/cmd", 1],
    ["vz1/espresso/d1/des", 1],
    ["vz1/espresso/d1/time", 1],
    ["vz1/espresso/d1/tele", 128],
    ["vz1/espresso/d2/cmd", 128],
    ["vz1/pump/d1/cmd", 128],
    ["vz1/espresso/d1/+", 128],
    ["vz1/espresso/+/cmd", 128],
    ["vz1/#", 128],
    ["#", 128],
    ["$SYS/#", 128],
    ["+/+/+/+", 128],
  ])("to %s is answered with %i", async (topic, granted) => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1");
    raw.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 1 }] });
    await until(() => raw.of("suback").length === 1);
    expect(raw.of("suback")[0]?.granted).toEqual([granted]);
    expect(fixture.metrics.of("subscriptions_refused_total", {})).toBe(granted === 128 ? 1 : 0);
  });

  it("shows a device nothing of what others or it itself publish", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1");
    const topic = "vz1/espresso/d1/time";
    raw.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 1 }] });
    await until(() => raw.of("suback").length === 1);
    const common = {
      cmd: "publish",
      topic,
      payload: "{}",
      qos: 1,
      dup: false,
      retain: true,
    } as const;
    raw.send({ ...common, messageId: 2 });
    await until(() => raw.of("puback").length === 1);
    raw.send({ cmd: "pingreq" });
    await until(() => raw.of("pingresp").length === 1);
    expect(raw.of("publish")).toHaveLength(0);
  });
});
