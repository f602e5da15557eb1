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
  /** Bytes after the fixed header. */
  readonly atLeast: number;
  readonly atMost: number;
  readonly hasId: boolean;
}

const exactly = (name: string, flags: number, size: number): Shape => ({
  name,
  flags,
  atLeast: size,
  atMost: size,
  hasId: size > 0,
});

/** A packet id and one topic filter of a letter [MQTT-3.8.3-3] [MQTT-3.10.3-2]; SUBSCRIBE has a QoS beside it. */
const list = (name: string, atLeast: number): Shape => ({
  name,
  flags: 2,
  atLeast,
  atMost: Number.POSITIVE_INFINITY,
  hasId: true,
});

const SHAPES: ReadonlyMap<number, Shape> = new Map([
  [PUBACK, exactly("PUBACK", 0, 2)],
  [PUBREL, exactly("PUBREL", 2, 2)],
  [SUBSCRIBE, list("SUBSCRIBE", 6)],
  [UNSUBSCRIBE, list("UNSUBSCRIBE", 5)],
  [PINGREQ, exactly("PINGREQ", 0, 0)],
  [DISCONNECT, exactly("DISCONNECT", 0, 0)],
]);

const OK: Checked = { ok: true };
const wrong = (reason: string): Checked => ({ ok: false, reason });

/**
 * Flags, size and packet id of the packets that are acted on before the parser behind us sees them, or that it takes
 * although it should not: it reads an id that is missing from the packet behind.
 */
export function checkControl(frame: Frame): Checked {
  const shape = SHAPES.get(frame.type);
  if (shape === undefined) {
    return OK;
  }
  const { atLeast, atMost, flags, hasId, name } = shape;
  if (frame.flags !== flags) {
    return wrong(`the flags of ${name} are ${frame.flags}; expected ${flags} [MQTT-2.2.2-2]`);
  }
  const size = frame.bytes.length - frame.bodyAt;
  if (size < atLeast || size > atMost) {
    const expected = atLeast === atMost ? `${atLeast}` : `at least ${atLeast}`;
    return wrong(`${name} has ${size} bytes after its header; expected ${expected}`);
  }
  if (hasId && packetIdAt(frame, frame.bodyAt) === 0) {
    return wrong(`packet id 0 in ${name} [MQTT-2.3.1-1]`);
  }
  return OK;
}
