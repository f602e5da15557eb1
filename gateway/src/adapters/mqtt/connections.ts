import { TakeoverWatch } from "./counters.ts";
import type { LinkContext } from "./link-context.ts";
import { resumeAll } from "./link-context.ts";
import type { CloseReason } from "./link-metrics.ts";
import { LINK_METRICS } from "./link-metrics.ts";
import type { Session } from "./session.ts";

const NORMAL_ENDS: ReadonlySet<CloseReason> = new Set(["client", "lost", "takeover", "shutdown"]);

/** Every open connection, and the one that speaks for each device. */
export class Connections {
  readonly #context: LinkContext;
  readonly #takeovers: TakeoverWatch;
  readonly #open = new Set<Session>();
  readonly #byDevice = new Map<string, Session>();
  #totalExceededSince: number | undefined;

  constructor(context: LinkContext) {
    this.#context = context;
    this.#takeovers = new TakeoverWatch(context.limits.takeoverStorm);
  }

  of(device: string): Session | undefined {
    return this.#byDevice.get(device);
  }

  opened(session: Session): void {
    this.#open.add(session);
    session.stream.once("close", () => this.#closed(session));
  }

  /** The session speaks for the device from now on; an older connection ends [MQTT-3.1.4-2]. */
  identified(session: Session, device: string): void {
    const older = this.#byDevice.get(device);
    if (older !== undefined) {
      this.#countTakeover(device);
      this.end(older, "takeover");
    }
    this.#byDevice.set(device, session);
    if (session.clean) {
      this.#context.inbound.forget(device);
    }
  }

  accepted(session: Session): void {
    const { device } = session;
    if (device === undefined || session.stream.destroyed) {
      return;
    }
    session.accepted();
    this.#gauge();
    this.#context.handler.connected(device);
    session.stream.pump();
  }

  /** Ends a connection, with all that follows from it, in this tick. */
  end(session: Session, reason: CloseReason): void {
    session.end(reason);
    this.#closed(session);
  }

  endAll(reason: CloseReason): void {
    for (const session of [...this.#open]) {
      this.end(session, reason);
    }
  }

  /** Enforces the time limits. */
  sweep(): void {
    for (const session of this.#open) {
      session.sweep();
    }
    const { budget, heldByTotal, limits, metrics } = this.#context;
    const now = this.#context.uptimeMs();
    metrics.gauge(LINK_METRICS.unackedBytes, budget.bytes);
    if (budget.relieved) {
      this.#totalExceededSince = undefined;
      resumeAll(heldByTotal);
      return;
    }
    this.#totalExceededSince ??= now;
    if (now - this.#totalExceededSince >= limits.overloadMs) {
      this.#totalExceededSince = now;
      this.#endHeaviest(budget.total - budget.limit / 2);
    }
  }

  /** Closes those that hold most, so that one flood does not cost every device its connection. */
  #endHeaviest(excess: number): void {
    const heaviestFirst = [...this.#open].sort((a, b) => b.heldBytes - a.heldBytes);
    let relieved = 0;
    for (const session of heaviestFirst) {
      if (relieved >= excess) {
        return;
      }
      relieved += session.heldBytes;
      session.end("overload");
    }
  }

  #closed(session: Session): void {
    if (!this.#open.delete(session)) {
      return;
    }
    const { handler, inbound, log, metrics } = this.#context;
    const { closeReason: reason, device, live } = session;
    const will = session.close();
    metrics.count(LINK_METRICS.closed, { reason });
    this.#tellEnd(session);
    if (device === undefined) {
      return;
    }
    if (this.#byDevice.get(device) === session) {
      this.#byDevice.delete(device);
      if (session.clean) {
        inbound.forget(device);
      }
    }
    if (!live) {
      return;
    }
    this.#gauge();
    // Once stopped, nothing may be appended any more; the next start asks for every device's presence anew.
    if (will !== undefined && this.#context.accepting()) {
      inbound.append(will).catch((error: unknown) => {
        metrics.count(LINK_METRICS.appendFailed);
        log.error({ deviceId: device, error: String(error) }, "will not durable");
      });
    }
    handler.disconnected(device, reason);
  }

  /** Normal ends for the curious only; what a device did wrong, once a minute. */
  #tellEnd({ closeReason: reason, device, stream }: Session): void {
    const { log, repeats } = this.#context;
    const fields = { deviceId: device, address: stream.remoteAddress, reason };
    const key = `end ${device ?? fields.address} ${reason}`;
    if (NORMAL_ENDS.has(reason) || !repeats.isNew(key, this.#context.uptimeMs())) {
      log.debug(fields, "connection closed");
    } else {
      log.info(fields, "connection closed");
    }
  }

  #countTakeover(device: string): void {
    const { limits, log, metrics } = this.#context;
    metrics.count(LINK_METRICS.takeovers);
    log.info({ deviceId: device }, "connection taken over by a newer one");
    if (this.#takeovers.takenOver(device, this.#context.uptimeMs())) {
      metrics.count(LINK_METRICS.takeoverStorms);
      log.warn(
        { deviceId: device, takeovers: limits.takeoverStorm },
        "many takeovers within a minute: two devices may use one id",
      );
    }
  }

  #gauge(): void {
    this.#context.metrics.gauge(LINK_METRICS.connections, this.#byDevice.size);
  }
}
