import type { BrokenPacket } from "./packet-bytes.ts";
import { connect, LENGTH, packet, publish, subscribe, TOPIC, text } from "./packet-bytes.ts";

const SECOND = "a second CONNECT, or a packet type that only brokers send";
const LARGE = "a PUBLISH above 128 KiB, or another packet above 4 KiB";
const HEADER =
  "reserved bits of a fixed header, or a wrong size of PUBACK, PUBREL, PINGREQ, DISCONNECT";
const PUBLISHED =
  "a PUBLISH with QoS 3, with DUP at QoS 0, with packet id 0, or whose fields do not fit";
const PLACE = "a PUBLISH to a topic that is not the device's own";
const PLACE_EXACTLY_ONCE =
  "the same at QoS 2, if the topic is empty, has `+` or `#`, or more than 12 levels";
const FILTERS =
  "a SUBSCRIBE or UNSUBSCRIBE without a filter, with packet id 0, bad UTF-8, or QoS 3";

const BAD_PACKET = { reason: "malformed", code: "malformed_packet" } as const;
const NOT_ALLOWED = { reason: "protocol_error" } as const;
const WRONG_TOPIC = { reason: "refused", code: "wrong_topic" } as const;

/** From the device `d1`, which has signed in. */
export const FROM_DEVICES: readonly BrokenPacket[] = [
  { what: "a second CONNECT", row: SECOND, bytes: connect(0x02, ...text("d1")), ...NOT_ALLOWED },
  { what: "a CONNACK", row: SECOND, bytes: packet(0x20, 0, 0), ...NOT_ALLOWED },
  { what: "a PUBREC", row: SECOND, bytes: packet(0x50, 0, 1), ...NOT_ALLOWED },
  { what: "a SUBACK", row: SECOND, bytes: packet(0x90, 0, 1, 0), ...NOT_ALLOWED },
  { what: "type 0", row: SECOND, bytes: packet(0x00), ...NOT_ALLOWED },
  { what: "type 15", row: SECOND, bytes: packet(0xf0), ...NOT_ALLOWED },
  {
    what: "a PUBLISH of 256 MiB",
    row: LARGE,
    bytes: Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f, 0, 1]),
    reason: "frame_too_large",
    code: "frame_too_large",
  },
  {
    what: "a PUBLISH of 128 KiB and a byte",
    row: LARGE,
    bytes: Buffer.from([0x32, 0xfd, 0xff, 0x07, ...text(TOPIC)]),
    reason: "frame_too_large",
    code: "frame_too_large",
  },
  {
    what: "a SUBSCRIBE of 5 KiB",
    row: LARGE,
    bytes: Buffer.from([0x82, 0x80, 0x28, 0, 1]),
    reason: "frame_too_large",
    code: "frame_too_large",
  },
  {
    what: "0xFFFFFFFF as length",
    row: LENGTH,
    bytes: Buffer.from([0x32, 0xff, 0xff, 0xff, 0xff]),
    ...BAD_PACKET,
  },
  { what: "QoS 3", row: PUBLISHED, bytes: publish(0x36, TOPIC, 0, 1), ...BAD_PACKET },
  { what: "DUP at QoS 0", row: PUBLISHED, bytes: publish(0x38, TOPIC), ...BAD_PACKET },
  { what: "packet id 0", row: PUBLISHED, bytes: publish(0x32, TOPIC, 0, 0), ...BAD_PACKET },
  { what: "no topic", row: PUBLISHED, bytes: packet(0x30, 0), ...BAD_PACKET },
  {
    what: "a topic beyond the end",
    row: PUBLISHED,
    bytes: packet(0x30, 0, 200, 65),
    ...BAD_PACKET,
  },
  { what: "half a packet id", row: PUBLISHED, bytes: publish(0x32, TOPIC, 0), ...BAD_PACKET },
  { what: "an empty topic", row: PLACE, bytes: publish(0x30, "", 65), ...WRONG_TOPIC },
  { what: "the topic #", row: PLACE, bytes: publish(0x30, "#"), ...WRONG_TOPIC },
  {
    what: "a topic with +",
    row: PLACE,
    bytes: publish(0x32, "vz1/espresso/+/tele", 0, 1),
    ...WRONG_TOPIC,
  },
  { what: "120 levels", row: PLACE, bytes: publish(0x30, "/".repeat(119)), ...WRONG_TOPIC },
  {
    what: "an empty topic at QoS 2",
    row: PLACE_EXACTLY_ONCE,
    bytes: publish(0x34, "", 0, 1),
    ...NOT_ALLOWED,
  },
  {
    what: "the topic # at QoS 2",
    row: PLACE_EXACTLY_ONCE,
    bytes: publish(0x34, "#", 0, 1),
    ...NOT_ALLOWED,
  },
  {
    what: "120 levels at QoS 2",
    row: PLACE_EXACTLY_ONCE,
    bytes: publish(0x34, "/".repeat(119), 0, 1),
    ...NOT_ALLOWED,
  },
  {
    what: "another device's topic at QoS 2",
    row: PLACE,
    bytes: publish(0x34, "vz1/espresso/d2/tele", 0, 1),
    reason: "refused",
    code: "wrong_device",
  },
  {
    what: "another device's topic",
    row: PLACE,
    bytes: publish(0x30, "vz1/espresso/d2/tele"),
    reason: "refused",
    code: "wrong_device",
  },
  {
    what: "another product's topic",
    row: PLACE,
    bytes: publish(0x30, "vz1/e-bike/d1/tele"),
    reason: "refused",
    code: "wrong_product",
  },
  { what: "a command", row: PLACE, bytes: publish(0x30, "vz1/espresso/d1/cmd"), ...WRONG_TOPIC },
  { what: "$SYS", row: PLACE, bytes: publish(0x30, "$SYS/broker"), ...WRONG_TOPIC },
  { what: "bad UTF-8", row: PLACE, bytes: publish(0x30, [0xc3, 0x28]), ...WRONG_TOPIC },
  { what: "a surrogate", row: PLACE, bytes: publish(0x30, [0xed, 0xa0, 0x80]), ...WRONG_TOPIC },
  { what: "NUL", row: PLACE, bytes: publish(0x30, `${TOPIC}\0`), ...WRONG_TOPIC },
  { what: "a byte order mark", row: PLACE, bytes: publish(0x30, `\ufeff${TOPIC}`), ...WRONG_TOPIC },
  { what: "a PUBACK of three bytes", row: HEADER, bytes: packet(0x40, 0, 1, 0), ...BAD_PACKET },
  { what: "a PUBREL without an id", row: HEADER, bytes: packet(0x62), ...BAD_PACKET },
  { what: "a PUBREL with packet id 0", row: HEADER, bytes: packet(0x62, 0, 0), ...BAD_PACKET },
  { what: "a PINGREQ with a body", row: HEADER, bytes: packet(0xc0, 0), ...BAD_PACKET },
  { what: "a DISCONNECT with a body", row: HEADER, bytes: packet(0xe0, 0), ...BAD_PACKET },
  { what: "no filter", row: FILTERS, bytes: subscribe(), ...BAD_PACKET },
  { what: "no filter to end", row: FILTERS, bytes: packet(0xa2, 0, 1), ...BAD_PACKET },
  { what: "an empty filter", row: FILTERS, bytes: subscribe(0, 0, 1), ...BAD_PACKET },
  { what: "a filter beyond the end", row: FILTERS, bytes: subscribe(0, 9, 65, 1), ...BAD_PACKET },
  { what: "a filter without a QoS", row: FILTERS, bytes: subscribe(...text("a")), ...BAD_PACKET },
  {
    what: "a subscription at QoS 3",
    row: FILTERS,
    bytes: subscribe(...text("a"), 3),
    ...BAD_PACKET,
  },
  {
    what: "reserved bits beside the QoS",
    row: FILTERS,
    bytes: subscribe(...text("a"), 0x81),
    ...BAD_PACKET,
  },
  {
    what: "a filter of bad UTF-8",
    row: FILTERS,
    bytes: subscribe(...text([0xc3, 0x28]), 1),
    ...BAD_PACKET,
  },
  { what: "a filter with NUL", row: FILTERS, bytes: subscribe(...text("a\0"), 1), ...BAD_PACKET },
  {
    what: "a SUBSCRIBE with packet id 0",
    row: FILTERS,
    bytes: packet(0x82, 0, 0, ...text("a"), 1),
    ...BAD_PACKET,
  },
];
