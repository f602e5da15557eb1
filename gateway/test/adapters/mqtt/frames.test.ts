import fc from "fast-check";
import type { Packet } from "mqtt-packet";
import { generate, parser } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import type { Frame, FrameRead } from "../../../src/adapters/mqtt/frames.ts";
import { checkPublish, encodePublish, FrameReader } from "../../../src/adapters/mqtt/frames.ts";

const LIMIT = 1_000;

/** All frames of the chunks, and what stopped the reading. */
function readAll(chunks: readonly Buffer[]): {
  readonly frames: Frame[];
  readonly stop: FrameRead;
} {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  let read: FrameRead = { kind: "more" };
  for (const chunk of chunks) {
    reader.append(chunk);
    for (read = reader.next(() => LIMIT); read.kind === "frame"; read = reader.next(() => LIMIT)) {
      frames.push(read.frame);
    }
    if (read.kind !== "more") {
      break;
    }
  }
  return { frames, stop: read };
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...chunks, bytes.subarray(at)].filter((chunk) => chunk.length > 0);
}

const publish = (payload: string): Packet => ({
  cmd: "publish",
  topic: "vz1/p/d/tele",
  payload,
  qos: 1,
  messageId: 7,
  dup: false,
  retain: false,
});

describe("Cutting a byte stream into MQTT packets", () => {
  it("gives the same packets however the stream is cut into chunks", () => {
    const packets = fc.array(fc.string({ maxLength: 300 }), { minLength: 1, maxLength: 8 });
    const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 30 });
    fc.assert(
      fc.property(packets, sizes, (payloads, cuts) => {
        const frames = payloads.map((payload) => generate(publish(payload)));
        const read = readAll(cut(Buffer.concat(frames), cuts));
        expect(read.frames.map(({ bytes }) => bytes.toString("hex"))).toEqual(
          frames.map((bytes) => bytes.toString("hex")),
        );
      }),
    );
  });

  it("holds no more than it was given, and nothing when all is handed out", () => {
    const reader = new FrameReader();
    const bytes = generate(publish("x".repeat(100)));
    for (const byte of bytes.subarray(0, -1)) {
      reader.append(Buffer.from([byte]));
      expect(reader.next(() => LIMIT).kind).toBe("more");
    }
    expect(reader.heldBytes).toBe(bytes.length - 1);
    expect(reader.midFrame).toBe(true);
    reader.append(bytes.subarray(-1));
    expect(reader.next(() => LIMIT).kind).toBe("frame");
    expect(reader.heldBytes).toBe(0);
    expect(reader.midFrame).toBe(false);
  });

  it("stops at a packet that is announced larger than allowed, before its bytes arrive", () => {
    const { stop } = readAll([Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3])]);
    expect(stop).toMatchObject({ kind: "too_large", type: 3, size: 268_435_460, limit: LIMIT });
  });

  it("stops at a remaining length of five bytes", () => {
    expect(readAll([Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01])]).stop.kind).toBe(
      "malformed",
    );
  });
});

describe("A PUBLISH that does not hold what it announces", () => {
  it.each([
    ["no topic", [0x32, 1, 0]],
    ["a topic that ends after the packet", [0x30, 4, 0, 9, 65, 65]],
    ["no room for the packet id", [0x32, 4, 0, 2, 65, 65]],
    ["packet id 0", [0x32, 6, 0, 2, 65, 65, 0, 0]],
    ["QoS 3", [0x36, 6, 0, 2, 65, 65, 0, 1]],
  ])("is not passed on: %s", (_what, bytes) => {
    const { frames } = readAll([Buffer.from(bytes)]);
    expect(frames).toHaveLength(1);
    expect(frames.map((frame) => checkPublish(frame).ok)).toEqual([false]);
  });
});

describe("A PUBLISH to a device", () => {
  it("reads back as what was written, at any size", () => {
    const payloads = fc.uint8Array({ maxLength: 20_000, size: "max" });
    const ids = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
    fc.assert(
      fc.property(payloads, ids, (payload, packetId) => {
        const seen: Packet[] = [];
        const reading = parser({ protocolVersion: 4 });
        reading.on("packet", (packet: Packet) => seen.push(packet));
        reading.parse(encodePublish({ topic: "vz1/p/d/cmd", payload, packetId }));
        expect(seen).toHaveLength(1);
        expect(seen[0]).toMatchObject({
          cmd: "publish",
          topic: "vz1/p/d/cmd",
          qos: packetId === undefined ? 0 : 1,
          retain: false,
          ...(packetId === undefined ? {} : { messageId: packetId }),
          payload: Buffer.from(payload),
        });
      }),
      { numRuns: 50 },
    );
  });
});
