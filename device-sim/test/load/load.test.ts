import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AckParser } from "../../src/load/ack-parser.ts";
import { LatencyHistogram } from "../../src/load/latency-histogram.ts";
import { loadPayload } from "../../src/load/packet-ring.ts";
import type { LoadOptions } from "../../src/load/run-load.ts";
import { runLoad } from "../../src/load/run-load.ts";
import { TestBroker, until } from "../support/broker.ts";
import { MemoryAcks } from "../support/memory-acks.ts";

const OPTIONS = {
  connections: 4,
  rate: Number.POSITIVE_INFINITY,
  qos: 1,
  seconds: 0.3,
  payloadBytes: 160,
  inflight: 8,
  product: "espresso-pro",
  prefix: "load",
  seed: 1,
} satisfies Partial<LoadOptions>;

describe("the load generator", () => {
  it("numbers each device's messages without a gap and counts every PUBACK", async () => {
    await using broker = await TestBroker.start();
    const acks = new MemoryAcks();
    const result = await runLoad({ ...OPTIONS, mqttUrl: broker.url, acks });
    expect(result.acked).toBeGreaterThan(100);
    expect(result).toMatchObject({ unacked: 0, resent: 0, sent: result.acked });
    expect(acks.entries).toHaveLength(result.acked);
    expect(broker.published).toHaveLength(result.acked);
    const next = new Map<string, number>();
    for (const { client, payload } of broker.published) {
      const body = JSON.parse(payload.toString("utf8")) as { seq: number; ts: number };
      expect(body.seq).toBe(next.get(client) ?? 1_000_000_000);
      expect(payload).toHaveLength(160);
      next.set(client, body.seq + 1);
    }
    expect(next.size).toBe(4);
    expect(result.ackMs.p50).toBeGreaterThan(0);
    expect(result.ackMs.p99).toBeGreaterThanOrEqual(result.ackMs.p50);
  });

  it("keeps to the rate asked for and shares it evenly", async () => {
    await using broker = await TestBroker.start();
    const result = await runLoad({ ...OPTIONS, mqttUrl: broker.url, rate: 400, seconds: 0.5 });
    expect(result.sent).toBeGreaterThan(140);
    expect(result.sent).toBeLessThan(230);
    const perClient = Map.groupBy(broker.published, ({ client }) => client);
    for (const messages of perClient.values()) expect(messages.length).toBeGreaterThan(25);
  });

  it("at QoS 0 counts what the broker has read", async () => {
    await using broker = await TestBroker.start();
    const result = await runLoad({ ...OPTIONS, mqttUrl: broker.url, qos: 0, seconds: 0.2 });
    expect(result.acked).toBeGreaterThan(100);
    await until(() => broker.published.length === result.sent);
  });

  it("comes back after the broker was away and sends again what was not acknowledged", async () => {
    const acks = new MemoryAcks();
    const first = await TestBroker.start();
    const { port } = first;
    const running = runLoad({ ...OPTIONS, mqttUrl: first.url, seconds: 0.9, rate: 2_000, acks });
    await until(() => first.published.length > 100);
    await first[Symbol.asyncDispose]();
    await using second = await TestBroker.start(port);
    const result = await running;
    expect(result.reconnects).toBeGreaterThanOrEqual(4);
    expect(result.unacked).toBe(0);
    expect(second.published.length).toBeGreaterThan(10);
    const seen = new Set(
      [...first.published, ...second.published].map(({ client, payload }) => {
        const body = JSON.parse(payload.toString("utf8")) as { seq: number };
        return `${client}/${body.seq}`;
      }),
    );
    for (const { device, seq } of acks.entries) expect(seen).toContain(`${device}/${seq}`);
    expect(acks.entries).toHaveLength(result.sent);
  });

  it("says why nothing was accepted", async () => {
    const run = runLoad({ ...OPTIONS, mqttUrl: "mqtt://127.0.0.1:1", openLimitMs: 200 });
    await expect(run).rejects.toThrow(/4 of 4 connections to .* were not accepted: .*ECONNREFUSED/);
  });
});

describe("parts of the load generator", () => {
  it("payloads are valid JSON of the size asked for, or as small as they can be", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), (bytes) => {
        const payload = loadPayload(217_000_000, bytes);
        expect(JSON.parse(payload)).toHaveProperty("m");
        const smallest = loadPayload(217_000_000, 1).length;
        if (bytes >= smallest + 7) expect(payload).toHaveLength(bytes);
      }),
    );
  });

  it("quantiles are at most a percent above the truth", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 5_000, noNaN: true }), { minLength: 1 }),
        (values) => {
          const histogram = new LatencyHistogram();
          for (const value of values) histogram.record(value);
          const sorted = values.toSorted((a, b) => a - b);
          for (const share of [0.5, 0.99, 1]) {
            const truth = sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
            const shown = histogram.quantileMs(share);
            expect(shown).toBeGreaterThanOrEqual(truth * 0.999);
            expect(shown).toBeLessThanOrEqual(truth * 1.011);
          }
        },
      ),
    );
  });

  it("acknowledgements are found however the bytes are cut", () => {
    const bytes = Buffer.from([0x20, 2, 0, 0, 0x40, 2, 0, 1, 0xd0, 0, 0x40, 2, 1, 0]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 })), (cuts) => {
        const seen: (number | string)[] = [];
        const parser = new AckParser({
          onConnack: (code) => seen.push(`connack ${code}`),
          onPuback: (id) => seen.push(id),
          onPingresp: () => seen.push("pong"),
        });
        let at = 0;
        for (const size of [...cuts, bytes.length]) {
          expect(parser.feed(bytes.subarray(at, at + size))).toBeUndefined();
          at = Math.min(bytes.length, at + size);
        }
        expect(seen).toEqual(["connack 0", 1, "pong", 256]);
      }),
    );
  });
});
