import fc from "fast-check";
import { generate } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { LinkFixture, until } from "./link-fixture.ts";
import { rightConnect } from "./packet-bytes.ts";

const TOPIC = Buffer.from("vz1/espresso/d1/tele");
const publishBytes = (first: number, body: readonly number[]): Buffer =>
  Buffer.from([first, body.length, ...body]);
const withTopic = (...rest: readonly number[]): readonly number[] => [
  0,
  TOPIC.length,
  ...TOPIC,
  ...rest,
];

describe("Bytes from a stranger", () => {
  it("closes a connection that does not finish its CONNECT in time, byte by byte or not at all", async () => {
    await using fixture = await LinkFixture.start({ limits: { connectTimeoutMs: 100 } });
    const silent = await fixture.raw();
    const slow = await fixture.raw();
    const dripping = setInterval(() => slow.bytes(0x10), 1_000);
    slow.bytes(0x10, 60, 0);
    await Promise.all([silent.closed, slow.closed]);
    clearInterval(dripping);
    expect(fixture.metrics.of("connections_closed_total", { reason: "connect_timeout" })).toBe(2);
  });

  it("closes a flood sent before the CONNECT is answered at a frame over 4 KiB", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    const connect = {
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      clientId: "d1",
    } as const;
    raw.socket.write(
      Buffer.concat([
        generate({
          ...connect,
          clean: true,
          keepalive: 60,
          username: "d1",
          password: Buffer.from("wrong"),
        }),
        ...Array.from({ length: 50 }, () => publishBytes(0x32, withTopic(0, 1, 120))),
      ]),
    );
    await raw.closed;
    expect(fixture.handler.messages).toEqual([]);
    expect(raw.of("puback")).toEqual([]);
  });
});

describe("Bytes from a device", () => {
  it("may be a PUBLISH of 128 KiB and not one byte more", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1");
    const rest = 131_072 - 4 - 2 - TOPIC.length - 2;
    raw.publish("d1", Buffer.alloc(rest), 1);
    await until(() => raw.of("puback").length === 1);
    raw.publish("d1", Buffer.alloc(rest + 1), 2);
    await raw.closed;
    expect(fixture.handler.refusals).toMatchObject([
      {
        client: "d1",
        topic: TOPIC.toString(),
        code: "frame_too_large",
        reason: expect.stringContaining("131073"),
      },
    ]);
    expect(fixture.handler.messages).toHaveLength(1);
  });

  it("may arrive one at a time", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    raw.socket.setNoDelay(true);
    await raw.signIn("d1");
    for (const byte of publishBytes(0x32, withTopic(0, 1, 120))) {
      raw.bytes(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => raw.of("puback").length === 1);
    expect(fixture.handler.texts()).toEqual(["x"]);
  });

  it("are dropped after a DISCONNECT, and given back, however much of it the socket still had", async () => {
    await using fixture = await LinkFixture.start({ limits: { tickMs: 1 } });
    // In one go with the CONNECT, so that the socket is stopped with the rest in it.
    const rest = Array<Buffer>(1_500).fill(
      publishBytes(0x32, withTopic(0, 1, ...Array(60).fill(120))),
    );
    for (let round = 0; round < 5; round += 1) {
      const raw = await fixture.raw();
      raw.socket.end(
        Buffer.concat([
          rightConnect("d1"),
          publishBytes(0x34, withTopic(0, 2, 120)),
          Buffer.from([0xe0, 0]),
          ...rest,
        ]),
      );
      await raw.closed;
    }
    await until(() => fixture.handler.happened.at(-1) === "disconnected d1 client");
    expect(fixture.handler.messages.every(({ payload }) => payload.length === 1)).toBe(true);
    expect(fixture.handler.messages.length).toBeLessThanOrEqual(5);
    fixture.metrics.values.delete("unacknowledged_bytes");
    await until(() => fixture.metrics.values.has("unacknowledged_bytes"));
    expect(fixture.metrics.of("unacknowledged_bytes")).toBe(0);
  });

  it("that are no right DISCONNECT are no goodbye: the will is taken", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    const topic = "vz1/espresso/d1/status";
    await raw.signIn("d1", { will: { topic, payload: Buffer.from("lost"), qos: 1, retain: true } });
    raw.bytes(0xe1, 0);
    await raw.closed;
    await until(() => fixture.handler.happened.length === 3);
    expect(fixture.handler.happened).toEqual([
      "connected d1",
      "message d1 status",
      "disconnected d1 malformed",
    ]);
  });

  it("never take the broker down, whatever they are", async () => {
    await using fixture = await LinkFixture.start();
    const type = fc.constantFrom(
      0x10,
      0x20,
      0x30,
      0x32,
      0x34,
      0x40,
      0x50,
      0x62,
      0x70,
      0x82,
      0x90,
      0xa2,
      0xb0,
      0xc0,
      0xe0,
      0xf0,
    );
    const body = fc.uint8Array({ maxLength: 40 });
    const frame = fc
      .tuple(type, body)
      .map(([first, rest]) => Buffer.from([first, rest.length, ...rest]));
    const frames = fc.array(frame, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(frames, fc.boolean(), async (sent, signedIn) => {
        const raw = await fixture.raw();
        if (signedIn) {
          await raw.signIn("d1");
        }
        raw.socket.end(Buffer.concat(sent));
        await raw.closed;
      }),
      { numRuns: 150 },
    );
    const raw = await fixture.raw();
    await raw.signIn("d2");
    raw.publish("d2", "still there", 1);
    await until(() => raw.of("puback").length === 1);
  });
});
