import type { OutboxEntry } from "#domain/effects.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { SECOND_MS } from "#domain/units.ts";
import { Lanes } from "#pipeline/outbox/lanes.ts";
import type { Owed } from "#pipeline/outbox/owed.ts";
import { untilDue } from "#pipeline/outbox/owed.ts";
import type { OutboxMark } from "#ports/case-store.ts";
import type { Clock } from "#ports/clock.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { WebhookSender } from "#ports/webhook-sender.ts";

export type WebhookEntry = Extract<OutboxEntry, { kind: "webhook" }>;

export interface WebhookLanesDeps {
  /** undefined = no webhook is configured. */
  readonly webhook: WebhookSender | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly mark: (id: string, mark: OutboxMark) => void;
}

/** Least time between two tries of one webhook when the sender names none. */
const RETRY_STEP_MS: DurationMs = SECOND_MS;

/** Webhooks one at a time per case, in order, until the receiver has them or will not have them. */
export class WebhookLanes {
  readonly #deps: WebhookLanesDeps;
  readonly #stopped: AbortSignal;
  readonly #lanes: Lanes<Owed<WebhookEntry>>;

  constructor(deps: WebhookLanesDeps, stopped: AbortSignal) {
    this.#deps = deps;
    this.#stopped = stopped;
    this.#lanes = new Lanes<Owed<WebhookEntry>>({
      name: "case",
      idOf: ({ entry }) => entry.id,
      drain: (caseId) => this.#drain(caseId),
      clock: deps.clock,
      log: deps.log,
      stopped,
    });
  }

  add(owed: Owed<WebhookEntry>): void {
    this.#lanes.add(owed.entry.caseId, owed);
  }

  dueNow(): number {
    let due = 0;
    for (const [, items] of this.#lanes.entries()) {
      for (const { attempts } of items) if (attempts === 0) due += 1;
    }
    return due;
  }

  *oldest(): Generator<EpochMs> {
    for (const [caseId] of this.#lanes.entries()) {
      const head = this.#lanes.head(caseId);
      if (head !== undefined) yield head.entry.createdAt;
    }
  }

  async #drain(caseId: string): Promise<void> {
    const { clock } = this.#deps;
    for (;;) {
      const head = this.#lanes.head(caseId);
      if (head === undefined) return;
      await untilDue(head.nextAt, clock, this.#stopped);
      if (await this.#send(head)) this.#lanes.remove(head.entry.id);
    }
  }

  /** True: settled for good. */
  async #send(owed: Owed<WebhookEntry>): Promise<boolean> {
    const { webhook, mark, clock, metrics, log } = this.#deps;
    const { entry } = owed;
    owed.attempts += 1;
    const { attempts } = owed;
    if (webhook === undefined) {
      const error = "no webhook is configured";
      mark(entry.id, { state: "done", at: clock.now(), attempts, error, nextAt: 0 });
      return true;
    }
    const sent = await webhook.send(entry.id, entry.body);
    metrics.count("webhooks_total", { outcome: sent.outcome });
    if (sent.outcome !== "later") {
      const state = sent.outcome === "done" ? "done" : "failed";
      mark(entry.id, { state, at: clock.now(), attempts, error: sent.detail, nextAt: 0 });
      if (state === "failed") {
        log.error({ caseId: entry.caseId, reason: sent.detail }, "a webhook was refused for good");
      }
      return true;
    }
    const wait = Math.max(RETRY_STEP_MS, sent.retryAfterMs ?? webhook.retryDelayMs(attempts));
    owed.nextAt = clock.now() + wait;
    const { nextAt } = owed;
    mark(entry.id, { state: "retry", at: clock.now(), attempts, error: sent.detail, nextAt });
    log.warn({ caseId: entry.caseId, attempts, reason: sent.detail }, "a webhook is tried again");
    return false;
  }
}
