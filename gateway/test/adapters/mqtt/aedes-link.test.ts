import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { LinkFixture, until } from "./link-fixture.ts";

const TELE = "vz1/espresso/d1/tele";
const wanted = Array.from({ length: 500 }, (_, index) => index + 1);

/** Park-Miller: the same delays in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
}

describe("Messages from devices", () => {
  it("reach the gateway with product, device, class, QoS and payload", async () => {
    await using fixture = await LinkFixture.start();
    const device = await fixture.device("d1");
    await device.publishAsync(TELE, '{"boot":1}', { qos: 1 });
    await device.publishAsync("vz1/espresso/d1/event", "x", { qos: 2 });
    await device.publishAsync(TELE, "y", { qos: 0, retain: true });
    await until(() => fixture.handler.messages.length === 3);
    const seen = fixture.handler.messages.map(({ payload, ...rest }) => rest);
    const common = { product: "espresso", device: "d1" };
    expect(seen).toEqual([
      { ...common, class: "tele", qos: 1 },
      { ...common, class: "event", qos: 2 },
      { ...common, class: "tele", qos: 0 },
    ]);
    expect(fixture.handler.texts()).toEqual(['{"boot":1}', "x", "y"]);
    expect(fixture.metrics.of("messages_received_total", { class: "tele", qos: "1" })).toBe(1);
    expect(fixture.metrics.of("connections")).toBe(1);
    await device.endAsync();
    await until(() => fixture.handler.happened.includes("disconnected d1 client"));
    expect(fixture.handler.happened[0]).toBe("connected d1");
    expect(fixture.metrics.of("connections")).toBe(0);
  });

  it("of MQTT 3.1 devices are taken too", async () => {
    await using fixture = await LinkFixture.start();
    const device = await fixture.device("d1", { protocolId: "MQIsdp", protocolVersion: 3 });
    await device.publishAsync(TELE, "x", { qos: 1 });
    expect(fixture.handler.texts()).toEqual(["x"]);
  });

  it("of QoS 0 that were sent right before a goodbye are not lost, however many", async () => {
    await using fixture = await LinkFixture.start();
    fixture.handler.durable = () => delay(3);
    const raw = await fixture.raw();
    await raw.signIn("d1");
    const common = { cmd: "publish", topic: TELE, qos: 0, dup: false, retain: false } as const;
    const sent = Array.from({ length: 3_000 }, (_, index) => String(index));
    for (const payload of sent) {
      raw.send({ ...common, payload });
    }
    raw.send({ cmd: "disconnect" });
    raw.socket.end();
    await until(() => fixture.handler.happened.includes("disconnected d1 client"));
    expect(fixture.handler.texts()).toEqual(sent);
  });
});

describe("The acknowledgement of a message", () => {
  it.each([1, 2] as const)("of QoS %i comes only after it is durable", async (qos) => {
    await using fixture = await LinkFixture.start();
    const durable = Promise.withResolvers<void>();
    fixture.handler.durable = () => durable.promise;
    const device = await fixture.device("d1");
    let acknowledged = false;
    const published = device.publishAsync(TELE, "x", { qos }).then(() => {
      acknowledged = true;
    });
    await until(() => fixture.handler.messages.length === 1);
    await delay(50);
    expect(acknowledged).toBe(false);
    durable.resolve();
    await published;
  });

  it.each([1, 2] as const)(
    "of QoS %i never comes when it is not durable: the connection is closed",
    async (qos) => {
      await using fixture = await LinkFixture.start();
      fixture.handler.durable = () => Promise.reject(new Error("disk full"));
      const raw = await fixture.raw();
      await raw.signIn("d1");
      raw.send({
        cmd: "publish",
        topic: TELE,
        payload: "x",
        qos,
        messageId: 1,
        dup: false,
        retain: false,
      });
      await raw.closed;
      expect(raw.received.map(({ cmd }) => cmd)).toEqual(["connack"]);
      expect(fixture.handler.happened.at(-1)).toBe("disconnected d1 append_failed");
      expect(fixture.log.lines.join("\n")).toContain("disk full");
    },
  );

  it("stops at the first message that is not durable, also when later ones are", async () => {
    await using fixture = await LinkFixture.start();
    fixture.handler.durable = async ({ payload }) => {
      const count = Number(Buffer.from(payload).toString());
      await delay(count === 5 ? 30 : 1);
      if (count === 5) {
        throw new Error("disk full");
      }
    };
    const raw = await fixture.raw();
    await raw.signIn("d1");
    for (const id of wanted.slice(0, 10)) {
      raw.publish("d1", String(id), id);
    }
    await raw.closed;
    expect(raw.of("puback").map(({ messageId }) => messageId)).toEqual([1, 2, 3, 4]);
  });

  it("keeps the order of the messages when their appends take random times", async () => {
    await using fixture = await LinkFixture.start();
    const durable: string[] = [];
    const random = seeded(7);
    fixture.handler.durable = async ({ payload }) => {
      await delay(random() % 20);
      durable.push(Buffer.from(payload).toString());
    };
    const raw = await fixture.raw();
    await raw.signIn("d1");
    for (const id of wanted) {
      raw.publish("d1", String(id), id);
    }
    await until(() => raw.of("puback").length === 500);
    expect(fixture.handler.texts()).toEqual(wanted.map(String));
    expect(raw.of("puback").map(({ messageId }) => messageId)).toEqual(wanted);
    expect(durable).not.toEqual(wanted.map(String));
  });
});

describe("A QoS 2 message that is sent again", () => {
  const again = {
    cmd: "publish",
    topic: TELE,
    payload: "x",
    qos: 2,
    messageId: 9,
    retain: false,
  } as const;

  it("over the same or a resumed session is one message", async () => {
    await using fixture = await LinkFixture.start();
    const first = await fixture.raw();
    await first.signIn("d1", { clean: false });
    first.send({ ...again, dup: false });
    first.send({ ...again, dup: true });
    await until(() => first.of("pubrec").length === 2);
    first.socket.destroy();
    await until(() => fixture.handler.happened.includes("disconnected d1 lost"));
    const second = await fixture.raw();
    await second.signIn("d1", { clean: false });
    second.send({ ...again, dup: true });
    await until(() => second.of("pubrec").length === 1);
    second.send({ cmd: "pubrel", messageId: 9 });
    await until(() => second.of("pubcomp").length === 1);
    expect(fixture.handler.messages).toHaveLength(1);
    second.send({ ...again, dup: false });
    await until(() => second.of("pubrec").length === 2);
    expect(fixture.handler.messages).toHaveLength(2);
  });

  it("waits for the append that was under way when the connection broke", async () => {
    await using fixture = await LinkFixture.start();
    const durable = Promise.withResolvers<void>();
    fixture.handler.durable = () => durable.promise;
    const first = await fixture.raw();
    await first.signIn("d1", { clean: false });
    first.send({ ...again, dup: false });
    await until(() => fixture.handler.messages.length === 1);
    const second = await fixture.raw();
    await second.signIn("d1", { clean: false });
    second.send({ ...again, dup: true });
    await delay(30);
    expect(second.of("pubrec")).toHaveLength(0);
    durable.resolve();
    await until(() => second.of("pubrec").length === 1);
    expect(fixture.handler.messages).toHaveLength(1);
  });

  it("and never released is refused beyond 100 of them", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1");
    for (let messageId = 1; messageId <= 101; messageId += 1) {
      raw.send({ ...again, dup: false, messageId });
    }
    await raw.closed;
    expect(fixture.handler.messages).toHaveLength(100);
    expect(fixture.handler.refusals.map(({ code }) => code)).toEqual(["too_many_qos2"]);
  });
});

describe("Stopping", () => {
  it("waits for what is under way, acknowledges it, and takes nothing more", async () => {
    await using fixture = await LinkFixture.start();
    const durable = Promise.withResolvers<void>();
    fixture.handler.durable = () => durable.promise;
    const raw = await fixture.raw();
    await raw.signIn("d1");
    raw.publish("d1", "1", 1);
    await until(() => fixture.handler.messages.length === 1);
    let stopped = false;
    const stopping = fixture.link.stopAccepting().then(() => {
      stopped = true;
    });
    raw.publish("d1", "2", 2);
    await delay(30);
    expect(stopped).toBe(false);
    durable.resolve();
    await stopping;
    await until(() => raw.of("puback").length === 1);
    expect(fixture.handler.texts()).toEqual(["1"]);
    await expect(fixture.raw()).rejects.toThrow("ECONNREFUSED");
  });

  it("ends every connection without publishing wills: it is not the devices that are lost", async () => {
    const fixture = await LinkFixture.start();
    const will = {
      topic: "vz1/espresso/d1/status",
      payload: "lost",
      qos: 1,
      retain: true,
    } as const;
    const raw = await fixture.raw();
    await raw.signIn("d1", { will });
    await until(() => fixture.handler.happened.length === 1);
    await fixture.link[Symbol.asyncDispose]();
    await raw.closed;
    expect(fixture.handler.happened).toEqual(["connected d1", "disconnected d1 shutdown"]);
  });
});
