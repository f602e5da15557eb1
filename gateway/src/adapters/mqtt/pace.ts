import type { Admission, BoundedStream } from "./bounded-stream.ts";
import { RESUME_SHARE } from "./limits.ts";
import type { LinkContext } from "./link-context.ts";
import { resumeAll } from "./link-context.ts";
import type { CloseReason } from "./link-metrics.ts";
import { LINK_METRICS } from "./link-metrics.ts";
import { TokenBucket } from "./token-bucket.ts";

type HoldCause = "client" | "total" | "rate" | "sign_ins";

/**
 * How fast one connection may go: packets and bytes per second, bytes not yet durable, and the time limits.
 * Too fast is slowed down by not reading, so nothing is lost; only QoS 0, which promises nothing, is dropped under pressure.
 */
export class Pace {
  readonly #stream: BoundedStream;
  readonly #context: LinkContext;
  #keepaliveMs = 0;
  #lastFrameAt = 0;
  #midFrameSince: number | undefined;
  #heldBy: HoldCause | undefined;
  #heldSince: number | undefined;
  #unacked = 0;
  readonly #packets: TokenBucket;
  readonly #bytes: TokenBucket;

  constructor(stream: BoundedStream, context: LinkContext) {
    this.#stream = stream;
    this.#context = context;
    const now = context.uptimeMs();
    this.#packets = new TokenBucket(context.limits.messagesPerSecond, now);
    this.#bytes = new TokenBucket(context.limits.bytesPerSecond, now);
  }

  /** Bytes of messages that are not durable yet. */
  get unacked(): number {
    return this.#unacked;
  }

  /** [MQTT-3.1.2-24]: one and a half times the keepalive; the broker has refused 0. */
  connected(keepaliveSeconds: number): void {
    this.#keepaliveMs = keepaliveSeconds * 1_500;
    this.#lastFrameAt = this.#context.uptimeMs();
  }

  /** Its turn among all that want to sign in. */
  admitConnect(): Admission {
    const { signIns, uptimeMs } = this.#context;
    if (!signIns.hasLeft(uptimeMs())) {
      return this.#hold("sign_ins");
    }
    signIns.take(1);
    return "pass";
  }

  admit(bytes: number): Admission {
    const now = this.#context.uptimeMs();
    if (!this.#mayGoOn(now)) {
      return this.#hold("rate");
    }
    this.#passed(now, bytes);
    return "pass";
  }

  admitPublish(qos: number, bytes: number): Admission {
    const now = this.#context.uptimeMs();
    const { budget, limits, metrics } = this.#context;
    if (!this.#mayGoOn(now)) {
      return this.#hold("rate");
    }
    const pressed = !budget.relieved || this.#unacked >= limits.unackedPerClient * RESUME_SHARE;
    if (qos === 0 && pressed) {
      metrics.count(LINK_METRICS.shed);
      this.#passed(now, bytes);
      return "drop";
    }
    if (this.#unacked >= limits.unackedPerClient || this.#stream.unsentBytes > limits.unsent) {
      return this.#hold("client");
    }
    if (budget.exceeded) {
      return this.#hold("total");
    }
    this.#unacked += bytes;
    this.#passed(now, bytes);
    return "pass";
  }

  /** A message is durable, or will never be. */
  settled(bytes: number): void {
    const { budget, heldByTotal, limits } = this.#context;
    budget.messageDone(bytes);
    this.#unacked -= bytes;
    if (this.#heldBy === "client" && this.#unacked < limits.unackedPerClient * RESUME_SHARE) {
      this.#stream.pump();
    }
    if (heldByTotal.size > 0 && budget.relieved) {
      resumeAll(heldByTotal);
    }
  }

  /** The time limit that has passed, if any. */
  overdue(): CloseReason | undefined {
    const { limits } = this.#context;
    const now = this.#context.uptimeMs();
    if (this.#stream.waiting) {
      // Not read because of us: its PINGREQ may lie in the socket, so its keepalive is not judged.
      this.#lastFrameAt = now;
      this.#heldSince = this.#heldBy === "rate" ? undefined : (this.#heldSince ?? now);
      const stuck = this.#heldSince !== undefined && now - this.#heldSince >= limits.overloadMs;
      // When all are held together, the broker chooses whom to close.
      return stuck && this.#heldBy !== "total" ? "overload" : undefined;
    }
    if (this.#stream.midFrame) {
      this.#midFrameSince ??= now;
      return now - this.#midFrameSince >= limits.frameTimeoutMs ? "frame_timeout" : undefined;
    }
    this.#midFrameSince = undefined;
    return now - this.#lastFrameAt > this.#keepaliveMs ? "keepalive_timeout" : undefined;
  }

  closed(): void {
    this.#context.heldByRate.delete(this.#stream);
    this.#context.heldByTotal.delete(this.#stream);
  }

  #passed(now: number, bytes: number): void {
    this.#lastFrameAt = now;
    this.#midFrameSince = undefined;
    this.#heldBy = undefined;
    this.#heldSince = undefined;
    this.#packets.take(1);
    this.#bytes.take(bytes);
  }

  #mayGoOn(now: number): boolean {
    const packetsLeft = this.#packets.hasLeft(now);
    return this.#bytes.hasLeft(now) && packetsLeft;
  }

  #hold(cause: HoldCause): Admission {
    const { heldByRate, heldByTotal, metrics } = this.#context;
    if (this.#heldBy !== cause) {
      this.#heldBy = cause;
      metrics.count(LINK_METRICS.paused, { cause });
    }
    if (cause === "rate" || cause === "sign_ins") {
      heldByRate.add(this.#stream);
    } else if (cause === "total") {
      heldByTotal.add(this.#stream);
    }
    return "hold";
  }
}
