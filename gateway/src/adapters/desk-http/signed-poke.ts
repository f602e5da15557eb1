import type { EpochMs } from "#domain/units.ts";
import type { HookHeaders } from "./hook.ts";
import { StandardWebhook } from "./standard-webhook.ts";

/**
 * For desks without a signature of their own: a script in them calls, signed as a Standard Webhook. What
 * the call says is of no interest.
 */
export class SignedPoke {
  readonly #webhook: StandardWebhook | undefined;

  /**
   * `secret`: "" = no call is taken.
   * @throws DeskConfigError when the secret is none.
   */
  constructor(name: string, secret: string) {
    this.#webhook = secret === "" ? undefined : new StandardWebhook(name, secret);
  }

  verify(headers: HookHeaders, body: Uint8Array, now: EpochMs): boolean {
    return this.#webhook?.verify(headers, body, now) ?? false;
  }
}
