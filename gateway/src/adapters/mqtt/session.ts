import type { DownClass } from "@voorzorg/firmware-contracts";
import type { InboundMessage } from "#ports/device-link.ts";
import type { Speaker } from "./access.ts";
import { judgeUpTopic, TopicMemory } from "./access.ts";
import { Acks } from "./acks.ts";
import type { BoundedStream } from "./bounded-stream.ts";
import { Downlink } from "./downlink.ts";
import { DrainWatch } from "./drain-watch.ts";
import type { GateEvents, RefusedPacket } from "./frame-gate.ts";
import { FrameGate } from "./frame-gate.ts";
import type { Frame } from "./frames.ts";
import { qosOf, REFUSED_LEVEL, readPublish } from "./frames.ts";
import type { LinkContext } from "./link-context.ts";
import { DeviceOfflineError } from "./link-errors.ts";
import type { CloseReason } from "./link-metrics.ts";
import { countReceived, LINK_METRICS } from "./link-metrics.ts";
import type { Answer } from "./ordered-appends.ts";
import { OrderedAppends } from "./ordered-appends.ts";
import { Pace } from "./pace.ts";

/** What the broker's parser read from a PUBLISH or a will. */
export interface UpPacket {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  readonly payload: Uint8Array;
  readonly packetId: number | undefined;
}

export interface AskedSession {
  /** Nothing is kept for the device beyond the connection. */
  readonly clean: boolean;
  readonly keepaliveSeconds: number;
}

/** Of a refused payload so much is handed on for people to look at. */
const HEAD_BYTES = 512;

/** One connection: who speaks, what is under way in both directions, and why it ended. */
export class Session {
  readonly stream: BoundedStream;
  readonly #context: LinkContext;
  readonly #pace: Pace;
  readonly #drain: DrainWatch;
  readonly #appends = new OrderedAppends();
  readonly #acks: Acks;
  readonly #topics = new TopicMemory();
  readonly #gate: FrameGate;
  #device: string | undefined;
  #downlink: Downlink | undefined;
  #learned: string | undefined;
  #will: InboundMessage | undefined;
  #reason: CloseReason | undefined;
  #asked: AskedSession = { clean: true, keepaliveSeconds: 0 };

  constructor(stream: BoundedStream, context: LinkContext) {
    this.stream = stream;
    this.#context = context;
    this.#pace = new Pace(stream, context);
    this.#drain = new DrainWatch(stream, context.limits.drainTimeoutMs);
    this.#acks = new Acks((frames) => stream.sendPackets(frames));
    this.#gate = new FrameGate(context, this.#pace, this.#gateEvents());
  }

  /** Set once the device has identified itself. */
  get device(): string | undefined {
    return this.#device;
  }

  get live(): boolean {
    return this.#gate.live;
  }

  /** Connected, and commands can be sent. */
  get ready(): boolean {
    return this.live && this.#downlink?.takesCommands === true;
  }

  get clean(): boolean {
    return this.#asked.clean;
  }

  /** Bytes that this connection keeps in memory. */
  get heldBytes(): number {
    return this.#pace.unacked + this.stream.heldBytes;
  }

  get closeReason(): CloseReason {
    return this.#reason ?? "lost";
  }

  start(): void {
    this.stream.start(this.#gate);
  }

  /** The first reason given is the one that is told. */
  end(reason: CloseReason): void {
    this.#reason ??= reason;
    this.stream.destroy();
  }

  /** The reason for an end that is about to come from elsewhere. */
  explain(reason: CloseReason): void {
    this.#reason ??= reason;
  }

  // -- connecting -------------------------------------------------------------

  /** The will is checked by the same rule as a publish; a string is the reason against it. */
  acceptWill(device: string, will: UpPacket): string | undefined {
    const verdict = judgeUpTopic(will.topic, this.#speaker(device));
    if (!verdict.ok) {
      const reason = `will: ${verdict.reason}`;
      this.#device = device;
      this.#refused({ topic: will.topic, code: verdict.code, payload: will.payload }, reason);
      return reason;
    }
    this.#learned = verdict.topic.product;
    this.#will = { ...verdict.topic, qos: will.qos, payload: will.payload };
    return undefined;
  }

  identified(device: string, asked: AskedSession): void {
    this.#device = device;
    this.#asked = asked;
    this.#downlink = new Downlink(this.stream, this.#context, device);
  }

  /** CONNACK is on its way: what follows may pass. */
  accepted(): void {
    this.#gate.open();
    this.#pace.connected(this.#asked.keepaliveSeconds);
  }

  #speaker(device: string): Speaker {
    const { directory } = this.#context;
    const registered = directory.productOf(device);
    return { device, registered, open: directory.open, learned: this.#learned };
  }

  #gateEvents(): GateEvents {
    return {
      published: (frame) => this.#published(frame),
      refused: (packet, reason) => this.#refused(packet, reason),
      end: (reason) => this.end(reason),
      unsupportedVersion: () => {
        this.explain("unsupported_version");
        this.stream.end(REFUSED_LEVEL, () => this.stream.destroy());
      },
      acknowledged: (packetId) => this.#downlink?.acknowledged(packetId),
      released: (packetId) => this.#context.inbound.released(this.#device ?? "", packetId),
      disconnecting: () => {
        // [MQTT-3.14.4-3]: the will is not published.
        this.#will = undefined;
        this.explain("client");
      },
    };
  }

  // -- messages -------------------------------------------------------------

  /** A PUBLISH of QoS 0 or 1, straight from the frame; the payload is a view that holds until this returns. */
  #published(frame: Frame): void {
    const bytes = frame.bytes.length;
    this.#context.budget.messageBegun();
    const packet: UpPacket = { ...readPublish(frame), qos: qosOf(frame) === 0 ? 0 : 1 };
    this.#take(packet, bytes, (failure) => {
      if (failure !== undefined) this.end(this.closeReason);
      else if (packet.packetId !== undefined) this.#acks.add(packet.packetId);
    });
  }

  /** A PUBLISH of QoS 2 from the broker's parser; `answer` decides over its acknowledgement. */
  publish(packet: UpPacket, answer: Answer): void {
    if (this.stream.destroyed) {
      // Parsed together with what ended the connection: its bytes are given back, and nobody speaks for the device here.
      answer(new Error("connection closed"));
      return;
    }
    this.#take(packet, this.stream.claim(), answer);
  }

  #take(packet: UpPacket, bytes: number, answer: Answer): void {
    const verdict = this.#topics.judge(packet.topic, this.#speaker(this.#device ?? ""));
    if (!verdict.ok) {
      this.#pace.settled(bytes);
      this.#refused({ ...packet, code: verdict.code }, verdict.reason);
      this.explain("refused");
      answer(new Error(verdict.reason));
      return;
    }
    const { product, device, class: cls } = verdict.topic;
    const message = { product, device, class: cls, qos: packet.qos, payload: packet.payload };
    const append = this.#append(message, packet);
    if (append === undefined) {
      const reason = `more than ${this.#context.limits.maxInflightInbound} QoS 2 messages without PUBREL`;
      this.#pace.settled(bytes);
      this.#refused({ ...packet, code: "too_many_qos2" }, reason);
      this.explain("refused");
      answer(new Error(reason));
      return;
    }
    this.#appends.add(append, {
      settled: () => this.#pace.settled(bytes),
      answer: (failure) => this.#answer(failure, answer),
    });
  }

  #append(message: InboundMessage, packet: UpPacket): Promise<unknown> | undefined {
    this.#learned ??= message.product;
    const { inbound, metrics } = this.#context;
    const append =
      packet.qos === 2 && packet.packetId !== undefined
        ? inbound.appendOnce(message, packet.packetId)
        : inbound.append(message);
    if (append !== undefined) {
      countReceived(metrics, message.class, message.qos);
    }
    return append;
  }

  #answer(failure: Error | undefined, answer: Answer): void {
    if (this.stream.destroyed) {
      return;
    }
    if (failure !== undefined) {
      const { log, metrics, repeats, uptimeMs } = this.#context;
      metrics.count(LINK_METRICS.appendFailed);
      if (repeats.isNew(`append ${this.#device}`, uptimeMs())) {
        log.warn(
          { deviceId: this.#device, error: failure.message },
          "message not durable: connection closed without acknowledgement",
        );
      }
      this.explain("append_failed");
    }
    answer(failure);
  }

  // -- subscriptions and sending ----------------------------------------------

  allowSubscription(filter: string, qos: number): boolean {
    const speaker = this.#speaker(this.#device ?? "");
    return this.#downlink?.allow(filter, qos, speaker) ?? false;
  }

  /** True if commands can be sent from now on. */
  subscribed(): boolean {
    return this.live && this.#downlink?.subscribed() === true;
  }

  unsubscribed(filters: readonly string[]): void {
    this.#downlink?.unsubscribed(filters);
  }

  send(product: string, cls: DownClass, payload: Uint8Array): Promise<void> {
    return this.#downlink !== undefined && this.live
      ? this.#downlink.send(product, cls, payload)
      : Promise.reject(new DeviceOfflineError(this.#device ?? "", "not connected"));
  }

  // -- time and end -----------------------------------------------------------

  /** Ends the connection if one of its time limits has passed. */
  sweep(): void {
    this.#downlink?.expire();
    if (!this.live || !this.#context.accepting()) {
      return;
    }
    const frozen = this.#drain.overdue(this.#context.uptimeMs()) ? "drain_timeout" : undefined;
    const overdue = frozen ?? this.#pace.overdue();
    if (overdue !== undefined) {
      this.end(overdue);
    }
  }

  /** Once, when the stream is gone. Returns the will if it is due. */
  close(): InboundMessage | undefined {
    const due = this.live;
    this.#gate.close();
    this.#pace.closed();
    this.#downlink?.close(this.closeReason);
    return due ? this.#will : undefined;
  }

  #refused({ topic, code, payload }: RefusedPacket, reason: string): void {
    const { handler, metrics } = this.#context;
    const client = this.#device;
    metrics.count(LINK_METRICS.refused, { code });
    // Strangers are counted only: they must not be able to fill the quarantine.
    if (client !== undefined) {
      handler.refused({ client, topic, code, reason, payload: payload.subarray(0, HEAD_BYTES) });
    }
  }
}
