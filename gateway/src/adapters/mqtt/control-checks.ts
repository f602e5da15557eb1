import { isUtf8 } from "node:buffer";
import type { Checked, Frame } from "./frames.ts";
import {
  DISCONNECT,
  PINGREQ,
  PUBACK,
  PUBREL,
  packetIdAt,
  SUBSCRIBE,
  UNSUBSCRIBE,
} from "./frames.ts";

interface Shape {
  readonly name: string;
  /** Low four bits of the first byte [MQTT-2.2.2-1]. */
  readonly flags: number;
  /** Bytes after the fixed header; undefined = a packet id and a list of topic filters. */
  readonly size: number | undefined;
}

const SHAPES: ReadonlyMap<number, Shape> = new Map([
  [PUBACK, { name: "PUBACK", flags: 0, size: 2 }],
  [PUBREL, { name: "PUBREL", flags: 2, size: 2 }],
  [SUBSCRIBE, { name: "SUBSCRIBE", flags: 2, size: undefined }],
  [UNSUBSCRIBE, { name: "UNSUBSCRIBE", flags: 2, size: undefined }],
  [PINGREQ, { name: "PINGREQ", flags: 0, size: 0 }],
  [DISCONNECT, { name: "DISCONNECT", flags: 0, size: 0 }],
]);

const OK: Checked = { ok: true };
const wrong = (reason: string): Checked => ({ ok: false, reason });

/**
 * A packet after CONNECT that is no PUBLISH, looked at in full: some are acted on before the parser behind us sees them,
 * and that parser reads on into the next packet for what is missing in this one.
 */
export function checkControl(frame: Frame): Checked {
  const shape = SHAPES.get(frame.type);
  if (shape === undefined) {
    return OK;
  }
  const { flags, name, size } = shape;
  if (frame.flags !== flags) {
    return wrong(`the flags of ${name} are ${frame.flags}; expected ${flags} [MQTT-2.2.2-2]`);
  }
  const found = frame.bytes.length - frame.bodyAt;
  if (size !== undefined && found !== size) {
    return wrong(`${name} has ${found} bytes after its header; expected ${size}`);
  }
  if (size === 0) {
    return OK;
  }
  const id = packetIdAt(frame, frame.bodyAt);
  if (id === undefined || id === 0) {
    return wrong(`${name} has ${id === 0 ? "packet id 0" : "no packet id"} [MQTT-2.3.1-1]`);
  }
  return size === undefined ? checkFilters(frame, name) : OK;
}

/** At least one filter [MQTT-3.8.3-3] [MQTT-3.10.3-2], each a text in UTF-8 [MQTT-1.5.3-1]; beside it a QoS in SUBSCRIBE. */
function checkFilters({ bodyAt, bytes, type }: Frame, name: string): Checked {
  let at = bodyAt + 2;
  if (at === bytes.length) {
    return wrong(`${name} has no topic filter`);
  }
  while (at < bytes.length) {
    const length = at + 2 <= bytes.length ? bytes.readUInt16BE(at) : 0;
    const filter = bytes.subarray(at + 2, at + 2 + length);
    if (length === 0 || filter.length < length) {
      return wrong(`a topic filter of ${name} is empty or longer than the packet [MQTT-4.7.3-1]`);
    }
    if (!isUtf8(filter) || filter.includes(0)) {
      return wrong(`a topic filter of ${name} is no UTF-8, or has a NUL [MQTT-1.5.3-1]`);
    }
    at += 2 + length;
    if (type === SUBSCRIBE) {
      const qos = bytes[at];
      if (qos === undefined || qos > 2) {
        return wrong(`a topic filter of SUBSCRIBE asks for QoS ${qos ?? "nothing"} [MQTT-3.8.3-4]`);
      }
      at += 1;
    }
  }
  return OK;
}

const RESERVED = 0x01;
const WILL = 0x04;
const WILL_QOS = 0x18;
const WILL_RETAIN = 0x20;
const PASSWORD = 0x40;
const USER = 0x80;

/** Flags of a CONNECT of MQTT 3.1 or 3.1.1 that contradict each other. */
export function checkConnect(frame: Frame): Checked {
  const nameLength = packetIdAt(frame, frame.bodyAt) ?? 0;
  const flags = frame.bytes[frame.bodyAt + 2 + nameLength + 1];
  if (frame.flags !== 0) {
    return wrong(`the flags of CONNECT are ${frame.flags}; expected 0 [MQTT-2.2.2-2]`);
  }
  if (flags === undefined) {
    return wrong("CONNECT ends before its flags");
  }
  if ((flags & RESERVED) !== 0) {
    return wrong("the reserved flag of CONNECT is set [MQTT-3.1.2-3]");
  }
  if ((flags & WILL) === 0 && (flags & (WILL_QOS | WILL_RETAIN)) !== 0) {
    return wrong("CONNECT has a QoS or retain flag for a will that it has not [MQTT-3.1.2-11]");
  }
  if ((flags & WILL_QOS) === WILL_QOS) {
    return wrong("the will of CONNECT has QoS 3 [MQTT-3.1.2-14]");
  }
  if ((flags & PASSWORD) !== 0 && (flags & USER) === 0) {
    return wrong("CONNECT has a password without a user name [MQTT-3.1.2-22]");
  }
  return OK;
}
