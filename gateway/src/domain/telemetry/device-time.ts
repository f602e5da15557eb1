import type { UpMessage } from "@voorzorg/firmware-contracts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";

/** No connected product of ours is older; an earlier stamp is a clock that was never set. */
const EARLIEST_MS: EpochMs = Date.UTC(2020, 0, 1);
const MAX_AHEAD_MS: DurationMs = 5 * MINUTE_MS;

/**
 * The clock of the service and what is needed to stamp messages of devices without one. Plain JSON.
 * Two consumers of the journal (decisions, series) run it over the same records and so agree.
 */
export interface ServiceClock {
  mode: "live" | "event";
  /** Service time: in `live` the newest append time, in `event` the newest event time; never runs back. */
  now: EpochMs;
  /** True once a message was heard; from then on `now` never runs back. */
  heard: boolean;
  /** Per clockless device: the boot and the smallest `receive - up` seen in it. */
  boots: Record<string, readonly [boot: number, offsetMs: number]>;
}

export const startClock = (): ServiceClock => ({ mode: "live", now: 0, heard: false, boots: {} });

/**
 * The configuration's choice of clock. Before anything was heard, `event` starts from nothing: the
 * wall clock of the service's own first records must not keep recorded data of past years down.
 */
export function setClockMode(clock: ServiceClock, mode: ServiceClock["mode"]): void {
  if (mode === "event" && !clock.heard) clock.now = 0;
  clock.mode = mode;
}

export interface Stamp {
  /** What an offset of 0 in the message means, device time. */
  readonly base: EpochMs;
  /** `device`: its own clock; `uptime`: counted from boot; `receive`: the device gave no usable time. */
  readonly source: "device" | "uptime" | "receive";
  /** The device's clock was implausible (before 2020 or over five minutes ahead) and was not used. */
  readonly suspect: boolean;
}

/**
 * Finds the device time of a message. Plausibility limits apply in `live` only, so that recorded
 * data of any year can be played in `event`. Changes `clock.boots`.
 */
export function stamp(
  clock: ServiceClock,
  device: string,
  message: UpMessage,
  appendedAt: EpochMs,
): Stamp {
  const received = clock.mode === "live" ? appendedAt : clock.now === 0 ? appendedAt : clock.now;
  const { ts, up } = message;
  if (ts !== undefined) {
    const plausible =
      clock.mode === "event" || (ts >= EARLIEST_MS && ts <= appendedAt + MAX_AHEAD_MS);
    if (plausible) return { base: ts, source: "device", suspect: false };
    return { base: received, source: "receive", suspect: true };
  }
  if (up === undefined) return { base: received, source: "receive", suspect: false };
  const boot = message.boot ?? 0;
  const known = clock.boots[device];
  const offset = received - up;
  // The smallest transport delay seen in this boot is the best estimate of when it booted.
  const best = known !== undefined && known[0] === boot ? Math.min(known[1], offset) : offset;
  clock.boots[device] = [boot, best];
  return { base: best + up, source: "uptime", suspect: false };
}

/** Newest device time that the message speaks of. */
export function newestTime(message: UpMessage, base: EpochMs): EpochMs {
  let newest = base;
  if (message.class === "tele" || message.class === "hist") {
    let found = Number.NEGATIVE_INFINITY;
    for (const p of message.points) found = Math.max(found, p.absoluteMs ?? base + p.offsetMs);
    if (message.points.length > 0) newest = found;
  }
  return newest;
}

/** The service time after one record; `eventTime` is undefined for all but messages. Notes that one was heard. */
export function advanceClock(
  clock: ServiceClock,
  appendedAt: EpochMs,
  eventTime: EpochMs | undefined,
): EpochMs {
  if (eventTime !== undefined) clock.heard = true;
  const candidate = clock.mode === "live" ? appendedAt : (eventTime ?? clock.now);
  return Math.max(clock.now, candidate);
}
