import { decodeBody, encodeTimeAnswer } from "@voorzorg/firmware-contracts";
import type { EpochMs } from "#domain/units.ts";

/** The answer to a device that asks for the time; undefined for a question without its uptime. */
export function timeAnswer(payload: Uint8Array, now: EpochMs): Uint8Array | undefined {
  const body = decodeBody(payload);
  if (!body.ok || typeof body.value !== "object" || body.value === null) return undefined;
  const { up } = body.value as { readonly up?: unknown };
  return typeof up === "number" ? encodeTimeAnswer({ up, ts: now }) : undefined;
}
