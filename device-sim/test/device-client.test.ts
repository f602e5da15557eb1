import { encodeCommand } from "@voorzorg/firmware-contracts";
import { describe, expect, it } from "vitest";
import type { AnswerFate, DeviceClientOptions } from "../src/device-client.ts";
import { DeviceClient } from "../src/device-client.ts";
import { Uplink } from "../src/fleet/uplink.ts";
import { Random } from "../src/random.ts";
import { TestBroker, until } from "./support/broker.ts";
import { MemoryAcks } from "./support/memory-acks.ts";

const NOW_MS = Date.UTC(2026, 2, 2, 6);
const COMMAND = {
  id: "cmd-1",
  name: "restart",
  args: {},
  iat: NOW_MS,
  exp: NOW_MS + 60_000,
  ttl: 60,
  ctr: 1,
};

function clientOn(
  broker: Pick<TestBroker, "url">,
  acks = new MemoryAcks(),
  change: Partial<DeviceClientOptions> = {},
) {
  const ran: string[] = [];
  const client = new DeviceClient({
    url: broker.url,
    product: "espresso-pro",
    device: "esp-1",
    boot: 7,
    acks,
    nowMs: () => NOW_MS,
    reconnect: false,
    runCommand: ({ name }) => {
      ran.push(name);
      return { state: "succeeded" };
    },
    ...change,
  });
  return { client, acks, ran };
}

const reading = (ts: number, value: number) => ({
  class: "tele" as const,
  ts,
  points: [{ offsetMs: 0, values: { boiler_temp: value } }],
});

describe("a device on the wire", () => {
  it("says online first, numbers its messages, and logs each PUBACK once", async () => {
    await using broker = await TestBroker.start();
    const { client, acks } = clientOn(broker);
    await client.connect();
    for (let i = 1; i <= 50; i += 1) client.publish(reading(NOW_MS + i, i));
    await client.settled();
    await client.disconnect();
    expect(broker.payloads("status").map(({ s }) => s)).toEqual(["online", "offline"]);
    expect(broker.payloads("tele").map(({ seq }) => seq)).toEqual(
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
    const numbered = acks.entries.filter(({ seq }) => seq !== null);
    expect(numbered).toHaveLength(50);
    expect(numbered.every((one) => one.boot === 7 && one.ackedAtWallMs >= one.sentAtWallMs)).toBe(
      true,
    );
  });

  it("leaves its will behind when the power fails", async () => {
    await using broker = await TestBroker.start();
    const { client } = clientOn(broker);
    await client.connect();
    await client.settled();
    await client.cut();
    await until(() => broker.payloads("status").length === 2);
    expect(broker.payloads("status").at(-1)).toMatchObject({ s: "lost", boot: 7 });
  });

  it("runs a command once, however often it is sent, and answers the repeat with the stored state", async () => {
    await using broker = await TestBroker.start();
    const { client, ran } = clientOn(broker);
    await client.connect();
    const topic = "vz1/espresso-pro/esp-1/cmd";
    await broker.send(topic, encodeCommand(COMMAND));
    await broker.send(topic, encodeCommand(COMMAND));
    await until(() => broker.payloads("res").length === 2);
    expect(ran).toEqual(["restart"]);
    expect(broker.payloads("res")).toMatchObject([
      { id: "cmd-1", st: "succeeded" },
      { id: "cmd-1", st: "duplicate", was: "succeeded" },
    ]);
    await client.disconnect();
  });

  it("does not run a command that comes after its time", async () => {
    await using broker = await TestBroker.start();
    const { client, ran } = clientOn(broker);
    await client.connect();
    const late = encodeCommand({ ...COMMAND, exp: NOW_MS - 1 });
    await broker.send("vz1/espresso-pro/esp-1/cmd", late);
    await until(() => broker.payloads("res").length === 1);
    expect(broker.payloads("res")).toMatchObject([{ st: "expired" }]);
    expect(ran).toEqual([]);
    await client.disconnect();
  });

  it("comes back when the broker was away, says online again and loses nothing", async () => {
    const first = await TestBroker.start();
    const { client, acks } = clientOn(first, new MemoryAcks(), { reconnect: true });
    await client.connect();
    await client.settled();
    await first[Symbol.asyncDispose]();
    for (let i = 1; i <= 20; i += 1) client.publish(reading(NOW_MS + i, i));
    await using second = await TestBroker.start(first.port);
    await client.settled();
    await client.disconnect();
    expect(second.payloads("tele").map(({ seq }) => seq)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    expect(second.payloads("status").map(({ s }) => s)).toEqual(["online", "offline"]);
    expect(acks.entries.filter(({ seq }) => seq !== null)).toHaveLength(20);
  });

  it("gives up in words when the broker stays away", async () => {
    const broker = await TestBroker.start();
    const { client } = clientOn(broker, new MemoryAcks(), { reconnect: true, awayLimitMs: 300 });
    await client.connect();
    await client.settled();
    await broker[Symbol.asyncDispose]();
    client.publish(reading(NOW_MS, 1));
    await expect(client.settled()).rejects.toThrow(
      /left esp-1 with 1 messages unacknowledged: .* did not come back for/,
    );
    expect(client.connected).toBe(false);
  });

  it("says which broker refused it, and why", async () => {
    const { client } = clientOn({ url: "mqtt://127.0.0.1:1" });
    await expect(client.connect()).rejects.toThrow(/esp-1 was not accepted .*127\.0\.0\.1:1/);
  });
});

const CMD_TOPIC = "vz1/espresso-pro/esp-1/cmd";

describe("a connection that ends while something is under way", () => {
  it("a command that crosses the goodbye on the wire is not run and harms nobody", async () => {
    await using broker = await TestBroker.start();
    const { client, ran } = clientOn(broker);
    await client.connect();
    await client.settled();
    // As a gateway that stops: commands that it still owes follow the PUBACK of the goodbye.
    broker.onPublished = ({ payload }) => {
      if (!payload.includes("offline")) return;
      for (let i = 0; i < 50; i += 1) {
        setImmediate(() => broker.send(CMD_TOPIC, encodeCommand({ ...COMMAND, id: `c${i}` })));
      }
    };
    await client.disconnect();
    expect(client.connected).toBe(false);
    const answered = broker.payloads("res").length;
    expect(ran.length).toBe(answered);
  });

  it("what reaches a socket that was given up is not heard, whatever it is", async () => {
    await using broker = await TestBroker.start();
    const { client, ran } = clientOn(broker, new MemoryAcks(), { onAnswer: () => "lose" });
    await client.connect();
    await client.settled();
    const topic = CMD_TOPIC;
    await Promise.all(
      ["a", "b", "c"].map((id) => broker.send(topic, encodeCommand({ ...COMMAND, id }))),
    );
    await until(() => ran.length > 0);
    await client.cut();
    expect(ran).toEqual(["restart"]);
    expect(broker.payloads("res")).toEqual([]);
  });

  it("a command whose acknowledgement got lost is repeated, and answered as a duplicate after a reboot", async () => {
    await using broker = await TestBroker.start();
    let lose = true;
    const onAnswer = (): AnswerFate => (lose ? "lose" : "send");
    const { client, ran } = clientOn(broker, new MemoryAcks(), { onAnswer });
    await client.connect();
    await client.settled();
    await broker.send(CMD_TOPIC, encodeCommand(COMMAND));
    await until(() => !client.connected);
    lose = false;
    client.reboot();
    await client.connect();
    await broker.send(CMD_TOPIC, encodeCommand(COMMAND));
    await until(() => broker.payloads("res").length === 1);
    expect(broker.payloads("res")).toMatchObject([
      { id: "cmd-1", st: "duplicate", was: "succeeded", boot: 8 },
    ]);
    expect(ran).toEqual(["restart"]);
    await client.disconnect();
  });

  it("a command that comes together with the SUBACK is run and answered", async () => {
    await using broker = await TestBroker.start();
    const { client, ran } = clientOn(broker);
    broker.onSubscribed = () => broker.send(CMD_TOPIC, encodeCommand(COMMAND));
    await client.connect();
    await until(() => broker.payloads("res").length === 1);
    expect(ran).toEqual(["restart"]);
    await client.disconnect();
  });

  it("what was not acknowledged when it broke is sent again with the same number", async () => {
    await using broker = await TestBroker.start();
    const { client } = clientOn(broker);
    await client.connect();
    await client.settled();
    client.publish(reading(NOW_MS, 1));
    await client.cut();
    await client.connect();
    await client.settled();
    await client.disconnect();
    const seqs = broker.payloads("tele").map(({ seq }) => seq);
    expect(new Set(seqs)).toEqual(new Set([1]));
  });
});

describe("a bad network", () => {
  async function withUplink(
    work: (uplink: Uplink, client: DeviceClient, broker: TestBroker) => Promise<void>,
  ): Promise<TestBroker> {
    await using broker = await TestBroker.start();
    const { client } = clientOn(broker);
    const uplink = new Uplink(client, new Random(4), NOW_MS);
    await uplink.connect();
    await work(uplink, client, broker);
    await uplink.change("good");
    await client.disconnect();
    return broker;
  }

  it("sends some messages twice with the same number", async () => {
    const broker = await withUplink(async (uplink) => {
      await uplink.change("duplicates");
      for (let i = 0; i < 30; i += 1) uplink.submit(reading(NOW_MS + i, i));
    });
    const seqs = broker.payloads("tele").map(({ seq }) => seq);
    expect(new Set(seqs).size).toBe(30);
    expect(seqs.length).toBeGreaterThan(32);
  });

  it("lets messages overtake each other and loses none", async () => {
    const broker = await withUplink(async (uplink) => {
      await uplink.change("reordering");
      for (let i = 0; i < 60; i += 1) uplink.submit(reading(NOW_MS + i, i));
    });
    const seqs = broker.payloads("tele").map(({ seq }) => Number(seq));
    expect(seqs).toHaveLength(60);
    expect(seqs).not.toEqual(seqs.toSorted((a, b) => a - b));
    expect(new Set(seqs).size).toBe(60);
  });

  it("keeps what it cannot send and backfills it in order as hist, events as events", async () => {
    const broker = await withUplink(async (uplink, client) => {
      await uplink.change("offline_backfill");
      expect(client.connected).toBe(false);
      for (let i = 0; i < 10; i += 1) uplink.submit(reading(NOW_MS + i * 60_000, i));
      uplink.submit({
        class: "event",
        ts: NOW_MS + 600_000,
        events: [{ code: "brew_done", offsetMs: 0, attrs: {} }],
      });
      await uplink.change("good");
      expect(await uplink.connect()).toBe(true);
      uplink.backfill();
    });
    expect(broker.payloads("tele")).toEqual([]);
    const [hist] = broker.payloads("hist");
    const points = hist?.p as readonly { readonly t: number; readonly m: object }[];
    expect(points.map(({ t }) => Number(hist?.ts) + t)).toEqual(
      Array.from({ length: 10 }, (_, i) => NOW_MS + i * 60_000),
    );
    expect(broker.payloads("event")).toMatchObject([{ code: "brew_done", ts: NOW_MS + 600_000 }]);
  });

  it("stamps with a wrong clock, or with the time since boot when it has none", async () => {
    const broker = await withUplink(async (uplink) => {
      await uplink.change("clock_behind");
      uplink.submit(reading(NOW_MS, 1));
      await uplink.change("clock_absent");
      uplink.submit(reading(NOW_MS + 5_000, 2));
    });
    const [behind, absent] = broker.payloads("tele");
    expect(behind?.ts).toBe(NOW_MS - 2 * 3_600_000);
    expect(absent).not.toHaveProperty("ts");
    expect(absent?.up).toBe(5_000);
  });
});
