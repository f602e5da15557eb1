import type { EpochMs } from "#domain/units.ts";
import type { DeviceLanesDeps } from "#pipeline/outbox/device-lanes.ts";
import { DeviceLanes } from "#pipeline/outbox/device-lanes.ts";
import type { NoticeLanesDeps } from "#pipeline/outbox/notice-lanes.ts";
import { NoticeLanes } from "#pipeline/outbox/notice-lanes.ts";
import type { WebhookLanesDeps } from "#pipeline/outbox/webhook-lanes.ts";
import { WebhookLanes } from "#pipeline/outbox/webhook-lanes.ts";
import type { OutboxItem } from "#ports/case-store.ts";

export interface OutboxDeps extends DeviceLanesDeps, WebhookLanesDeps {
  /** Notices to teams; absent = no mail is sent. */
  readonly notices?: Pick<NoticeLanesDeps, "mailer" | "addresses" | "linkOf"> | undefined;
}

const NO_NOTICES = { mailer: undefined, addresses: () => [], linkOf: () => undefined } as const;

/**
 * Sends what is owed: commands to devices, webhooks, notices to teams. At-least-once attempts; the
 * deterministic ids make the outcome exactly once. Nothing here decides: what was delivered goes back into
 * the journal.
 */
export class Outbox {
  readonly #stopped = new AbortController();
  readonly #devices: DeviceLanes;
  readonly #webhooks: WebhookLanes;
  readonly #notices: NoticeLanes;

  constructor(deps: OutboxDeps) {
    const { signal } = this.#stopped;
    this.#devices = new DeviceLanes(deps, signal);
    this.#webhooks = new WebhookLanes(deps, signal);
    this.#notices = new NoticeLanes({ ...deps, ...(deps.notices ?? NO_NOTICES) }, signal);
  }

  /** Takes entries in the order in which they became owed. Known ids are ignored. */
  add(items: readonly OutboxItem[]): void {
    for (const { entry, attempts, nextAt } of items) {
      switch (entry.kind) {
        case "command":
        case "settings":
          this.#devices.add(entry);
          break;
        case "webhook":
          this.#webhooks.add({ entry, attempts, nextAt });
          break;
        case "notice":
          this.#notices.add({ entry, attempts, nextAt });
          break;
      }
    }
  }

  cancel(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.#devices.cancel(ids);
    this.#notices.cancel(ids);
  }

  /** The device is online and listens: what waits for it goes out. */
  ready(device: string): void {
    this.#devices.ready(device);
  }

  /** Entries that could be sent now. */
  dueNow(): number {
    return this.#devices.dueNow() + this.#webhooks.dueNow() + this.#notices.dueNow();
  }

  /** When the oldest entry that could be delivered became owed (service clock); null = there is none. */
  oldestAt(): EpochMs | null {
    let oldest: EpochMs | null = null;
    for (const lanes of [this.#devices, this.#webhooks, this.#notices]) {
      for (const at of lanes.oldest()) oldest = oldest === null ? at : Math.min(oldest, at);
    }
    return oldest;
  }

  stop(): void {
    this.#stopped.abort(new Error("the outbox stops"));
  }
}
