import type { DurationMs } from "#domain/units.ts";

export interface WebhookSent {
  /** `done`: taken. `later`: try the same id again. `refused`, `gone`: never try again. */
  readonly outcome: "done" | "later" | "refused" | "gone";
  readonly detail: string;
  /** What the receiver asked for, if it did. */
  readonly retryAfterMs?: DurationMs;
}

/** Sends signed webhooks (standardwebhooks.com). Never throws; never retries by itself. */
export interface WebhookSender {
  /** `id` stays the same over all tries of one message: the receiver tells repeats by it. */
  send(id: string, body: string): Promise<WebhookSent>;
  /** How long to wait after the given number of tries. */
  retryDelayMs(attempts: number): DurationMs;
}
