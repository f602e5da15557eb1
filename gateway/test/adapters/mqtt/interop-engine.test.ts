import type { Packet } from "mqtt-packet";
import { generate } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { BareEngine } from "./bare-engine.ts";
import type { RawClient } from "./link-fixture.ts";
import { until } from "./link-fixture.ts";

const QOS = [0, 1, 2] as const;

const connectBytes = (clientId: string, more: object = {}): Buffer =>
  generate({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clientId,
    clean: true,
    keepalive: 60,
    ...more,
  });

async function signIn(raw: RawClient, clientId: string, more: object = {}): Promise<void> {
  raw.socket.write(connectBytes(clientId, more));
  await until(() => raw.of("connack").length === 1);
}

const told = (packets: readonly { readonly topic: string; readonly qos: number }[]): string[] =>
  packets.map(({ qos, topic }) => `${topic} ${qos}`).toSorted();

/** The scenarios of the public interoperability suite for MQTT 3.1.1, on free topics. */
describe("The protocol engine behind our frame reader", () => {
  it("basic: delivers QoS 0, 1 and 2 once each at their QoS, and ends a client that connects twice or speaks another protocol", async () => {
    await using engine = await BareEngine.start();
    const { client, received } = await engine.connect("one");
    await client.subscribeAsync("TopicA", { qos: 2 });
    for (const qos of QOS) {
      await client.publishAsync("TopicA", `qos ${qos}`, { qos });
    }
    await until(() => received.length === 3);
    expect(told(received)).toEqual(["TopicA 0", "TopicA 1", "TopicA 2"]);

    const twice = await engine.raw();
    await signIn(twice, "two");
    twice.socket.write(connectBytes("two"));
    await twice.closed;
    const other = await engine.raw();
    other.bytes(0x10, 14, 0, 2, 0x68, 0x6a, 4, 2, 0, 60, 0, 4, 0x6e, 0x61, 0x6d, 0x65);
    await other.closed;
    expect(other.received).toEqual([]);
  });

  it("retained messages: a later subscriber gets them, and none once they were cleared", async () => {
    await using engine = await BareEngine.start();
    const { client } = await engine.connect("publisher");
    const topics = ["Topic/A", "Topic/B", "Topic/C"];
    for (const qos of QOS) {
      await client.publishAsync(topics[qos] ?? "", `qos ${qos}`, { qos, retain: true });
    }
    const early = await engine.connect("early");
    await early.client.subscribeAsync("+/+", { qos: 2 });
    await until(() => early.received.length === 3);
    expect(told(early.received)).toEqual(["Topic/A 0", "Topic/B 1", "Topic/C 2"]);
    expect(early.received.every(({ retain }) => retain)).toBe(true);
    for (const topic of topics) {
      await client.publishAsync(topic, "", { qos: 1, retain: true });
    }
    const late = await engine.connect("late");
    await late.client.subscribeAsync("+/+", { qos: 2 });
    await client.publishAsync("Topic/end", "end", { qos: 1 });
    await until(() => late.received.length > 0);
    expect(told(late.received)).toEqual(["Topic/end 1"]);
  });

  it("offline message queueing: a session that is kept gets what came while its client was away", async () => {
    await using engine = await BareEngine.start();
    const away = await engine.connect("away", { clean: false });
    await away.client.subscribeAsync("Topic/+", { qos: 2 });
    await away.client.endAsync();
    const { client } = await engine.connect("publisher");
    for (const qos of QOS) {
      await client.publishAsync(`Topic/${qos}`, "x", { qos });
    }
    const back = await engine.connect("away", { clean: false });
    await until(() => back.received.length >= 2);
    expect(told(back.received)).toEqual(expect.arrayContaining(["Topic/1 1", "Topic/2 2"]));
  });

  it("will message: is published when its client is lost, not when it says goodbye", async () => {
    await using engine = await BareEngine.start();
    const { client, received } = await engine.connect("watcher");
    await client.subscribeAsync("will/#", { qos: 2 });
    const will = (topic: string) =>
      ({ topic, payload: Buffer.from("gone"), qos: 1, retain: false }) as const;
    const polite = await engine.connect("polite", { will: will("will/polite") });
    await polite.client.endAsync();
    const lost = await engine.connect("lost", { will: will("will/lost") });
    lost.client.stream.destroy();
    await until(() => received.length > 0);
    expect(told(received)).toEqual(["will/lost 1"]);
  });

  it("zero-length client id: is refused with code 2 for a session that is kept, and given an id otherwise", async () => {
    await using engine = await BareEngine.start();
    const kept = await engine.raw();
    kept.bytes(0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0, 0, 60, 0, 0);
    await kept.closed;
    expect(kept.of("connack")).toMatchObject([{ returnCode: 2 }]);
    const clean = await engine.raw();
    clean.bytes(0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 0);
    await until(() => clean.of("connack").length === 1);
    expect(clean.of("connack")).toMatchObject([{ returnCode: 0 }]);
  });

  it("overlapping subscriptions: one message comes once at the highest QoS, or once per subscription", async () => {
    await using engine = await BareEngine.start();
    const { client, received } = await engine.connect("one");
    await client.subscribeAsync({ "TopicA/#": { qos: 2 }, "TopicA/+": { qos: 1 } });
    await client.publishAsync("TopicA/C", "x", { qos: 2 });
    await client.publishAsync("TopicA/end", "end", { qos: 2 });
    await until(() => received.some(({ topic }) => topic === "TopicA/end"));
    const got = received.filter(({ topic }) => topic === "TopicA/C").map(({ qos }) => qos);
    expect([[2], [1], [1, 2], [2, 1]]).toContainEqual(got);
  });

  it("keepalive: a silent client is taken for lost after one and a half times its keepalive", async () => {
    await using engine = await BareEngine.start();
    const { client, received } = await engine.connect("watcher");
    await client.subscribeAsync("will", { qos: 1 });
    const silent = await engine.raw();
    const will = { topic: "will", payload: Buffer.from("silent"), qos: 1, retain: false };
    await signIn(silent, "silent", { keepalive: 1, will });
    const started = performance.now();
    await until(() => received.length === 1);
    expect(performance.now() - started).toBeGreaterThan(900);
    await silent.closed;
  });

  it("redelivery on reconnect: what was not acknowledged comes again", async () => {
    await using engine = await BareEngine.start();
    const first = await engine.raw();
    await signIn(first, "b", { clean: false });
    first.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "Topic/+", qos: 2 }] });
    await until(() => first.of("suback").length === 1);
    const { client } = await engine.connect("a");
    for (const qos of [1, 2] as const) {
      await client.publishAsync(`Topic/${qos}`, "x", { qos });
    }
    await until(() => first.of("publish").length === 2);
    first.socket.destroy();
    await first.closed;
    const again = await engine.raw();
    await signIn(again, "b", { clean: false });
    expect(again.of("connack")).toMatchObject([{ sessionPresent: true }]);
    await until(() => again.of("publish").length === 2);
    expect(told(again.of("publish"))).toEqual(["Topic/1 1", "Topic/2 2"]);
  });

  it("subscribe failure: a topic that is not allowed is answered with 0x80", async () => {
    await using engine = await BareEngine.start();
    const raw = await engine.raw();
    await signIn(raw, "one");
    raw.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [
        { topic: "test/nosubscribe", qos: 2 },
        { topic: "test/other", qos: 1 },
      ],
    });
    await until(() => raw.of("suback").length === 1);
    expect(raw.of("suback")).toMatchObject([{ granted: [0x80, 1] }]);
  });

  it("$-topics: are not matched by a wildcard at their place", async () => {
    await using engine = await BareEngine.start();
    const { client, received } = await engine.connect("one");
    await client.subscribeAsync(["+/+", "#"], { qos: 2 });
    await client.publishAsync("$Topic/A", "hidden", { qos: 1 });
    await client.publishAsync("Topic/A", "seen", { qos: 1 });
    await until(() => received.length > 0);
    expect(received.map(({ topic }) => topic)).not.toContain("$Topic/A");
  });

  it("unsubscribe: ends one subscription and leaves the others", async () => {
    await using engine = await BareEngine.start();
    const { client, received } = await engine.connect("one");
    const topics = ["TopicA", "TopicA/B", "Topic/C"];
    await client.subscribeAsync(topics, { qos: 2 });
    await client.unsubscribeAsync("TopicA");
    for (const topic of topics) {
      await client.publishAsync(topic, "x", { qos: 1 });
    }
    await until(() => received.length === 2);
    expect(told(received)).toEqual(["Topic/C 1", "TopicA/B 1"]);
  });

  it("gives back every byte that it was lent", async () => {
    await using engine = await BareEngine.start();
    const raw = await engine.raw();
    await signIn(raw, "one");
    const ping: Packet = { cmd: "pingreq" };
    raw.send(ping);
    await until(() => raw.of("pingresp").length === 1);
    raw.socket.end();
    await raw.closed;
    await until(() => engine.budget.bytes === 0);
  });
});
