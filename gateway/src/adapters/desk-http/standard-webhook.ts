import { createHmac } from "node:crypto";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { DeskConfigError } from "./desk-fetch.ts";
import { equalText } from "./equal-text.ts";
import type { HookHeaders } from "./hook.ts";

/** An older or newer call is none of now: recorded and sent again, or a clock that is wrong. */
const TOLERANCE_MS: DurationMs = 5 * MINUTE_MS;
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

/**
 * Signs and verifies as https://www.standardwebhooks.com says. Several secrets may be given, one a line:
 * all of them sign, and each of them is accepted, so that a secret can be changed without a gap.
 */
export class StandardWebhook {
  readonly #keys: readonly Buffer[];

  /** @throws DeskConfigError when a secret is none; the message does not contain it. */
  constructor(name: string, secrets: string) {
    this.#keys = secrets
      .trim()
      .split(/\s+/)
      .map((secret) => keyOf(name, secret));
  }

  headers(id: string, body: string | Uint8Array, now: EpochMs): Record<string, string> {
    const timestamp = String(Math.floor(now / SECOND_MS));
    return {
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": this.#signatures(id, timestamp, body).join(" "),
    };
  }

  verify(headers: HookHeaders, body: Uint8Array, now: EpochMs): boolean {
    const { "webhook-id": id, "webhook-timestamp": timestamp } = headers;
    const given = headers["webhook-signature"];
    if (id === undefined || timestamp === undefined || given === undefined) return false;
    if (!/^\d{1,12}$/.test(timestamp)) return false;
    if (Math.abs(Number(timestamp) * SECOND_MS - now) > TOLERANCE_MS) return false;
    const right = this.#signatures(id, timestamp, body);
    return given.split(" ").some((one) => right.some((signature) => equalText(signature, one)));
  }

  #signatures(id: string, timestamp: string, body: string | Uint8Array): readonly string[] {
    return this.#keys.map((key) => {
      const signed = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body);
      return `v1,${signed.digest("base64")}`;
    });
  }
}

function keyOf(name: string, secret: string): Buffer {
  const encoded = secret.replace(/^whsec_/, "");
  const key = Buffer.from(encoded, "base64");
  const wellFormed = key.toString("base64") === encoded;
  if (!wellFormed || key.length < MIN_SECRET_BYTES || key.length > MAX_SECRET_BYTES) {
    throw new DeskConfigError(
      `desk ${name}: the secret of its hook is not whsec_ and base64 of ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} random bytes`,
    );
  }
  return key;
}
