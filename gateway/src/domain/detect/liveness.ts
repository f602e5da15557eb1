import type { DeviceFacts, Verdict } from "#domain/detect/detector.ts";
import type { DurationMs } from "#domain/units.ts";
import { HOUR_MS } from "#domain/units.ts";

/** How often a verdict that waits for a lost device is looked at again. */
export const RECHECK_MS: DurationMs = HOUR_MS;

/**
 * For rules on what did not happen, while the service's own downtime is excused: nothing new is
 * found, and what stands is not ended by that.
 */
export const whileExcused = (active: boolean): Verdict =>
  active
    ? { kind: "unknown", why: "the service itself was down, and the device has time to be heard" }
    : { kind: "ok" };

/**
 * True when the absence of events says something: the device is connected, or it is off or asleep
 * on purpose and then nothing happens on it. A lost device may be in any state.
 */
export const countsAsAlive = (facts: DeviceFacts): boolean =>
  facts.presence === "online" || facts.silenceExpected;
