import { generate } from "mqtt-packet";
import type { BrokenPacket } from "./packet-bytes.ts";
import { connect, LENGTH, MQTT, packet, publish, TOPIC, text } from "./packet-bytes.ts";

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

const FIRST = "anything but a CONNECT first";
const EARLY = "a CONNECT above 4 KiB";
const LEVEL = "another protocol (AMQP, TLS without TLS), or another version";
const FLAGS = "CONNECT flags that contradict each other";
const CUT = "a CONNECT that ends early, or whose fields do not fit";
const ID = "a client id that is empty or no device id";
const WILL = "a will for another topic than the device's own";

/** From whoever opens a connection. */
export const FROM_STRANGERS: readonly BrokenPacket[] = [
  { what: "a PUBLISH", row: FIRST, bytes: publish(0x30, TOPIC), reason: "protocol_error" },
  { what: "a PINGREQ", row: FIRST, bytes: packet(0xc0), reason: "protocol_error" },
  { what: "a DISCONNECT", row: FIRST, bytes: packet(0xe0), reason: "protocol_error" },
  {
    what: "an HTTP request",
    row: FIRST,
    bytes: Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    reason: "protocol_error",
  },
  {
    what: "a flood of PUBLISH",
    row: FIRST,
    bytes: Buffer.concat(Array(5_000).fill(publish(0x32, TOPIC, 0, 1, 0x7b)) as Buffer[]),
    reason: "protocol_error",
  },
  {
    what: "a CONNECT of 5 KiB",
    row: EARLY,
    bytes: Buffer.from([0x10, 0x80, 0x28, 0, 4]),
    reason: "frame_too_large",
  },
  {
    what: "a CONNECT of 256 MiB",
    row: EARLY,
    bytes: Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]),
    reason: "frame_too_large",
  },
  {
    what: "0xFFFFFFFF as length",
    row: LENGTH,
    bytes: Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff]),
    reason: "malformed",
  },
  {
    what: "five bytes of length",
    row: LENGTH,
    bytes: Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x01]),
    reason: "malformed",
  },
  {
    what: "a TLS greeting",
    row: LEVEL,
    bytes: Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]),
    reason: "malformed",
  },
  { what: "AMQP", row: LEVEL, bytes: packet(0x10, ...text("AMQP"), 0, 9), reason: "malformed" },
  {
    what: "the name `hj`",
    row: LEVEL,
    bytes: packet(0x10, ...text("hj"), 4, 2, 0, 60, 0, 0),
    reason: "malformed",
  },
  {
    what: "the name `mqtt` in small letters",
    row: LEVEL,
    bytes: packet(0x10, ...text("mqtt"), 4, 2, 0, 60, 0, 0),
    reason: "malformed",
  },
  { what: "MQTT 5", row: LEVEL, bytes: CONNECT_V5, reason: "unsupported_version", connack: 1 },
  {
    what: "level 0",
    row: LEVEL,
    bytes: packet(0x10, ...text("MQTT"), 0, 2, 0, 60, 0, 0),
    reason: "unsupported_version",
    connack: 1,
  },
  {
    what: "the level of a bridge",
    row: LEVEL,
    bytes: packet(0x10, ...text("MQTT"), 0x84, 2, 0, 60, 0, 0),
    reason: "unsupported_version",
    connack: 1,
  },
  { what: "the reserved flag", row: FLAGS, bytes: connect(0x03, 0, 0), reason: "malformed" },
  {
    what: "a QoS for no will",
    row: FLAGS,
    bytes: connect(0x0a, ...text("d1")),
    reason: "malformed",
  },
  {
    what: "a retain flag for no will",
    row: FLAGS,
    bytes: connect(0x22, ...text("d1")),
    reason: "malformed",
  },
  {
    what: "a will of QoS 3",
    row: FLAGS,
    bytes: connect(0x1e, ...text("d1"), ...text(TOPIC), ...text("x")),
    reason: "malformed",
  },
  {
    what: "a password without a user",
    row: FLAGS,
    bytes: connect(0x42, ...text("d1"), ...text("secret-d1")),
    reason: "malformed",
  },
  {
    what: "flags in the fixed header",
    row: FLAGS,
    bytes: Buffer.concat([Buffer.from([0x11]), connect(0xc2, 0, 0).subarray(1)]),
    reason: "malformed",
  },
  { what: "a name that ends early", row: CUT, bytes: packet(0x10, 0, 4, 77), reason: "malformed" },
  { what: "no flags", row: CUT, bytes: packet(0x10, ...MQTT), reason: "malformed" },
  { what: "no keepalive", row: CUT, bytes: packet(0x10, ...MQTT, 2), reason: "protocol_error" },
  { what: "no client id", row: CUT, bytes: connect(0x02), reason: "protocol_error" },
  {
    what: "a client id beyond the end",
    row: CUT,
    bytes: connect(0x02, 0, 9, 65),
    reason: "protocol_error",
  },
  {
    what: "a will flag and no will",
    row: CUT,
    bytes: connect(0x06, ...text("d1")),
    reason: "protocol_error",
  },
  {
    what: "a user flag and no user",
    row: CUT,
    bytes: connect(0x82, ...text("d1")),
    reason: "protocol_error",
  },
  {
    what: "an empty client id",
    row: ID,
    bytes: connect(0x02, 0, 0),
    reason: "auth_failed",
    connack: 2,
  },
  {
    what: "an empty client id and a kept session",
    row: ID,
    bytes: connect(0x00, 0, 0),
    reason: "auth_failed",
    connack: 2,
  },
  {
    what: "a client id of bad UTF-8",
    row: ID,
    bytes: connect(0x02, ...text([0xc3, 0x28])),
    reason: "auth_failed",
    connack: 2,
  },
  {
    what: "a client id with NUL",
    row: ID,
    bytes: connect(0x02, ...text([0x64, 0])),
    reason: "auth_failed",
    connack: 2,
  },
  {
    what: "a will for another device",
    row: WILL,
    bytes: connect(
      0xc6,
      ...text("d1"),
      ...text("vz1/espresso/d2/status"),
      ...text("x"),
      ...text("d1"),
      ...text("secret-d1"),
    ),
    reason: "auth_failed",
    code: "wrong_device",
    connack: 5,
  },
  {
    what: "a will for a wildcard",
    row: WILL,
    bytes: connect(
      0xc6,
      ...text("d1"),
      ...text("vz1/espresso/d1/#"),
      ...text("x"),
      ...text("d1"),
      ...text("secret-d1"),
    ),
    reason: "auth_failed",
    code: "wrong_topic",
    connack: 5,
  },
];
