import type { DurationMs } from "#domain/units.ts";
import { SECOND_MS } from "#domain/units.ts";
import type { WebhookSender, WebhookSent } from "#ports/webhook-sender.ts";
import type { Life, Scheduler } from "./scheduler.ts";

export type ReceiverMood = "good" | "down" | "fails_after_commit" | "slow";

/** The desk at the other end of the webhooks: it keeps every id once, and does not always say so. */
export class Receiver {
  mood: ReceiverMood = "good";
  /** For a mutant: takes every delivery for a new one. */
  forgetful = false;
  /** Effects, by id: the bodies that it acted upon. */
  readonly effects = new Map<string, string[]>();
  /** Bodies that came under one id and differ. */
  readonly changedBodies: string[] = [];
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  sender(life: Life): WebhookSender {
    return {
      send: (id, body) => this.#take(id, body, life),
      retryDelayMs: (attempts): DurationMs => Math.min(60, 2 ** attempts) * SECOND_MS,
    };
  }

  async #take(id: string, body: string, life: Life): Promise<WebhookSent> {
    const { mood } = this;
    const { dice } = this.#scheduler;
    // On its way it arrives, whatever becomes of the gateway.
    await this.#scheduler.wait(dice.between(2, 80), undefined);
    if (mood === "down") return { outcome: "later", detail: "connection refused" };
    this.#act(id, body);
    await this.#scheduler.wait(dice.between(2, mood === "slow" ? 9_000 : 80), life);
    const lost = mood === "fails_after_commit" && dice.chance(0.8);
    return lost ? { outcome: "later", detail: "503" } : { outcome: "done", detail: "200" };
  }

  #act(id: string, body: string): void {
    const before = this.effects.get(id) ?? [];
    if (before.length > 0 && before[0] !== body) this.changedBodies.push(id);
    if (before.length > 0 && !this.forgetful) return;
    this.effects.set(id, [...before, body]);
  }
}
