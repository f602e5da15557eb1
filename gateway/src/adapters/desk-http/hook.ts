import type { EpochMs } from "#domain/units.ts";
import type { DeskChange } from "#ports/desk.ts";

/** Names in lower case. */
export type HookHeaders = Readonly<Record<string, string>>;

/** A desk that can call: its call wakes the poller, and is not believed for anything else. */
export interface HookVerifier {
  /**
   * True = the desk's own call, signed with the shared secret over exactly these bytes, and not of
   * another day. `now`: wall clock.
   */
  verifyHook(headers: HookHeaders, rawBody: Uint8Array, now: EpochMs): boolean;
}

/** `forged`: signature or time. `malformed`: signed, but not in our format. */
export type HookRefusal = "forged" | "malformed";

/** What a desk that cannot be read says with its call; the signature is all the proof that there is. */
export type HookParsed =
  | { readonly kind: "changes"; readonly changes: readonly DeskChange[] }
  | { readonly kind: "refused"; readonly code: HookRefusal; readonly reason: string };

export const hookRefused = (code: HookRefusal, reason: string): HookParsed => ({
  kind: "refused",
  code,
  reason,
});

export interface HookSource {
  parseHook(headers: HookHeaders, rawBody: Uint8Array, now: EpochMs): HookParsed;
}

export const isHookVerifier = (desk: object): desk is HookVerifier =>
  "verifyHook" in desk && typeof desk.verifyHook === "function";

export const isHookSource = (desk: object): desk is HookSource =>
  "parseHook" in desk && typeof desk.parseHook === "function";
