import type { AckEntry, AckSink } from "../ack-log.ts";

interface Sent {
  readonly tsMs: number;
  readonly sentAtWallMs: number;
}

/** Passes PUBACKs on and remembers per device when what was sent. */
export class SentLog implements AckSink {
  readonly #next: AckSink;
  readonly #byDevice = new Map<string, Sent[]>();

  constructor(next: AckSink) {
    this.#next = next;
  }

  append(entry: AckEntry): void {
    this.#next.append(entry);
    if (entry.ts === null || (entry.class !== "tele" && entry.class !== "event")) return;
    const sent = this.#byDevice.get(entry.device) ?? [];
    sent.push({ tsMs: entry.ts, sentAtWallMs: entry.sentAtWallMs });
    this.#byDevice.set(entry.device, sent);
  }

  flushed(): Promise<void> {
    return this.#next.flushed();
  }

  /**
   * When the message was sent that carried the reading which decided at `tsMs`; undefined if the
   * device said nothing in that minute, so that a deadline decided and no reading did.
   */
  decidingSentAt(device: string, tsMs: number): number | undefined {
    const sent = this.#byDevice.get(device)?.findLast((one) => one.tsMs <= tsMs);
    return sent !== undefined && tsMs - sent.tsMs < 60_000 ? sent.sentAtWallMs : undefined;
  }
}
