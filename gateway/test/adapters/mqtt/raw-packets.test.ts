import fc from "fast-check";
import { generate } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { LinkFixture, until } from "./link-fixture.ts";

const CONNECT_V5 = generate(
  {
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 5,
    clientId: "d1",
    clean: true,
    keepalive: 60,
  },
  { protocolVersion: 5 },
);

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
  it.each<readonly [string, Buffer, string]>([
    ["a PUBLISH before CONNECT", publishBytes(0x30, withTopic()), "protocol_error"],
    ["a PINGREQ before CONNECT", Buffer.from([0xc0, 0]), "protocol_error"],
    ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "protocol_error"],
    ["a CONNECT of 5 KiB", Buffer.from([0x10, 0x80, 0x28, 0, 4]), "frame_too_large"],
    [
      "a remaining length of 256 MiB",
      Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]),
      "frame_too_large",
    ],
    [
      "a remaining length without end",
      Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff]),
      "malformed",
    ],
    [
      "a CONNECT of another protocol",
      Buffer.from([0x10, 8, 0, 4, 65, 77, 81, 80, 0, 9]),
      "malformed",
    ],
    ["a CONNECT that ends early", Buffer.from([0x10, 3, 0, 4, 77]), "malformed"],
    [
      "a CONNECT without its fields",
      Buffer.from([0x10, 7, 0, 4, 77, 81, 84, 84, 4]),
      "protocol_error",
    ],
    [
      "a reserved CONNECT flag",
      Buffer.from([0x10, 12, 0, 4, 77, 81, 84, 84, 4, 3, 0, 60, 0, 0]),
      "protocol_error",
    ],
  ])("closes on %s", async (_what, bytes, reason) => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    raw.socket.write(bytes);
    await raw.closed;
    await until(() => fixture.metrics.of("connections_closed_total", { reason }) === 1);
    expect(fixture.handler.refusals).toEqual([]);
    expect(fixture.handler.happened).toEqual([]);
  });

  it("answers MQTT 5 with 'unacceptable protocol version' and closes", async () => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    raw.socket.write(CONNECT_V5);
    await raw.closed;
    expect(raw.of("connack")).toMatchObject([{ returnCode: 1 }]);
    expect(fixture.metrics.of("connections_closed_total", { reason: "unsupported_version" })).toBe(
      1,
    );
  });

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
  it.each<readonly [string, Buffer, string, string]>([
    [
      "a second CONNECT",
      generate({
        cmd: "connect",
        protocolId: "MQTT",
        protocolVersion: 4,
        clientId: "d1",
        clean: true,
        keepalive: 9,
      }),
      "protocol_error",
      "",
    ],
    ["a PUBLISH of QoS 3", publishBytes(0x36, withTopic(0, 1)), "malformed", "malformed_packet"],
    [
      "a PUBLISH with packet id 0",
      publishBytes(0x32, withTopic(0, 0)),
      "malformed",
      "malformed_packet",
    ],
    [
      "a topic longer than its packet",
      publishBytes(0x30, [0, 200, 65]),
      "malformed",
      "malformed_packet",
    ],
    ["an empty topic", publishBytes(0x30, [0, 0, 65]), "refused", "wrong_topic"],
    ["a topic with a wildcard", publishBytes(0x30, [0, 1, 35]), "refused", "wrong_topic"],
    ["a topic of bad UTF-8", publishBytes(0x30, [0, 2, 0xc3, 0x28]), "refused", "wrong_topic"],
    ["a topic with NUL", publishBytes(0x30, [0, 2, 65, 0]), "refused", "wrong_topic"],
    [
      "a topic of 120 levels",
      publishBytes(0x30, [0, 119, ...Buffer.from("/".repeat(119))]),
      "refused",
      "wrong_topic",
    ],
    [
      "reserved bits in SUBSCRIBE",
      Buffer.from([0x80, 6, 0, 1, 0, 1, 65, 0]),
      "malformed",
      "malformed_packet",
    ],
    ["reserved bits in PINGREQ", Buffer.from([0xc1, 0]), "malformed", "malformed_packet"],
    ["a packet only brokers send", Buffer.from([0x20, 2, 0, 0]), "protocol_error", ""],
    ["a packet type that does not exist", Buffer.from([0xf0, 0]), "protocol_error", ""],
    [
      "a SUBSCRIBE of 5 KiB",
      Buffer.from([0x82, 0x80, 0x28, 0, 1]),
      "frame_too_large",
      "frame_too_large",
    ],
  ])("close the connection: %s", async (_what, bytes, reason, code) => {
    await using fixture = await LinkFixture.start();
    const raw = await fixture.raw();
    await raw.signIn("d1");
    raw.socket.write(bytes);
    await raw.closed;
    await until(() => fixture.handler.happened.length === 2);
    expect(fixture.handler.happened).toEqual(["connected d1", `disconnected d1 ${reason}`]);
    expect(fixture.handler.refusals.map((refusal) => refusal.code)).toEqual(
      code === "" ? [] : [code],
    );
    expect(fixture.handler.messages).toEqual([]);
  });

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
