import type { Admission, FrameJudge, StreamFault } from "./bounded-stream.ts";
import { checkConnect, checkControl } from "./control-checks.ts";
import type { Frame } from "./frames.ts";
import {
  CONNECT,
  checkPublish,
  connectLevel,
  DISCONNECT,
  PINGREQ,
  PUBACK,
  PUBLISH,
  PUBREL,
  packetIdAt,
  publishTopic,
  qosOf,
  SUBSCRIBE,
  UNSUBSCRIBE,
} from "./frames.ts";
import type { LinkContext } from "./link-context.ts";
import type { CloseReason } from "./link-metrics.ts";
import type { Pace } from "./pace.ts";

export interface RefusedPacket {
  readonly topic: string;
  readonly code: string;
  readonly payload: Uint8Array;
}

/** What the gate finds in the frames, for the session to act on. */
export interface GateEvents {
  /** A PUBLISH of QoS 0 or 1. */
  published(frame: Frame): void;
  refused(packet: RefusedPacket, reason: string): void;
  end(reason: CloseReason): void;
  /** A CONNECT of MQTT 5 or of something unknown. */
  unsupportedVersion(): void;
  acknowledged(packetId: number): void;
  released(packetId: number): void;
  disconnecting(): void;
}

/** Not CONNECT, of which there is one [MQTT-3.1.0-2], and nothing that answers QoS 2, at which nothing is sent. */
const FROM_CLIENTS: ReadonlySet<number> = new Set([
  PUBLISH,
  PUBACK,
  PUBREL,
  SUBSCRIBE,
  UNSUBSCRIBE,
  PINGREQ,
  DISCONNECT,
]);
const NOTHING = new Uint8Array();

/**
 * Judges the frames of one connection: `new` until its CONNECT, `connecting` until its CONNACK, then `live` until its DISCONNECT,
 * `leaving` until it is closed.
 */
export class FrameGate implements FrameJudge {
  readonly #context: LinkContext;
  readonly #pace: Pace;
  readonly #events: GateEvents;
  #phase: "new" | "connecting" | "live" | "leaving" | "closed" = "new";

  constructor(context: LinkContext, pace: Pace, events: GateEvents) {
    this.#context = context;
    this.#pace = pace;
    this.#events = events;
  }

  /** Connected and not yet closed. */
  get live(): boolean {
    return this.#phase === "live" || this.#phase === "leaving";
  }

  open(): void {
    this.#phase = "live";
  }

  close(): void {
    this.#phase = "closed";
  }

  limitOf(type: number): number {
    if (this.#phase === "new" && type !== CONNECT) {
      // Told by the first byte: who speaks another protocol need not finish its sentence.
      return 0;
    }
    const { limits } = this.#context;
    // A client may send on without waiting for its CONNACK [MQTT-3.1.4-5]; such a frame is held, not lost.
    const isLarge = this.#phase !== "new" && type === PUBLISH;
    return isLarge ? limits.frameAfterConnect : limits.frameBeforeConnect;
  }

  fault(fault: StreamFault): void {
    if (fault.kind === "malformed") {
      this.#malformed(fault.reason, NOTHING);
      return;
    }
    const { head: payload, limit, size, type } = fault;
    if (limit === 0) {
      // [MQTT-3.1.0-1]
      this.#events.end("protocol_error");
      return;
    }
    const topic = type === PUBLISH ? publishTopic(payload) : "";
    const reason = `frame of ${size} bytes is larger than the ${limit} that are allowed`;
    this.#events.refused({ topic, code: "frame_too_large", payload }, reason);
    this.#events.end("frame_too_large");
  }

  admit(frame: Frame): Admission {
    switch (this.#phase) {
      case "new":
        return this.#admitConnect(frame);
      case "connecting":
        return "hold";
      case "live":
        return this.#context.accepting() ? this.#admitLive(frame) : "hold";
      case "leaving":
      case "closed":
        // After DISCONNECT nothing may follow [MQTT-3.14.4-2].
        return "drop";
    }
  }

  #admitConnect(frame: Frame): Admission {
    const level = connectLevel(frame);
    if (level === undefined) {
      this.#malformed("no CONNECT of MQTT", NOTHING);
      return "drop";
    }
    if (level === 3 || level === 4) {
      const checked = checkConnect(frame);
      if (!checked.ok) {
        this.#malformed(checked.reason, NOTHING);
        return "drop";
      }
      const admission = this.#pace.admitConnect();
      if (admission === "pass") {
        this.#phase = "connecting";
      }
      return admission;
    }
    this.#phase = "connecting";
    // Not passed on: the parser behind us also reads MQTT 5, of which nothing is supported.
    this.#events.unsupportedVersion();
    return "drop";
  }

  #admitLive(frame: Frame): Admission {
    if (!FROM_CLIENTS.has(frame.type)) {
      this.#events.end("protocol_error");
      return "drop";
    }
    if (frame.type === PUBLISH) {
      return this.#admitPublish(frame);
    }
    const checked = checkControl(frame);
    if (!checked.ok) {
      this.#malformed(checked.reason, frame.bytes);
      return "drop";
    }
    const admission = this.#pace.admit(frame.bytes.length);
    return admission === "pass" ? this.#admitControl(frame) : admission;
  }

  #admitPublish(frame: Frame): Admission {
    const checked = checkPublish(frame);
    if (!checked.ok) {
      this.#malformed(checked.reason, frame.bytes);
      return "drop";
    }
    const qos = qosOf(frame);
    const admission = this.#pace.admitPublish(qos, frame.bytes.length);
    // The broker behind us has nobody to forward it to: what is left of its work is the acknowledgement.
    if (admission !== "pass" || qos === 2) {
      return admission;
    }
    this.#events.published(frame);
    return "taken";
  }

  #admitControl(frame: Frame): Admission {
    const packetId = packetIdAt(frame, frame.bodyAt) ?? 0;
    switch (frame.type) {
      case PUBACK:
        this.#events.acknowledged(packetId);
        return "drop";
      case PUBREL:
        this.#events.released(packetId);
        return "pass";
      case DISCONNECT:
        this.#phase = "leaving";
        this.#events.disconnecting();
        return "pass";
      default:
        return "pass";
    }
  }

  #malformed(reason: string, payload: Uint8Array): void {
    this.#events.refused({ topic: "", code: "malformed_packet", payload }, reason);
    this.#events.end("malformed");
  }
}
