import type { UpMessage } from "@voorzorg/firmware-contracts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";

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
  /**
   * In `live`, of devices whose readings have no usable time: what the newest one of each got, as far
   * as it was within the last moments; the rest is dropped at `sweptAt`.
   */
  receipts?: { sweptAt: EpochMs; of: Record<string, EpochMs> };
  /** In `event`, per device: the newest time believed of it, and one far ahead that waits for a second; 0 = none. */
  heardOf: Record<string, readonly [believed: EpochMs, ahead: EpochMs]>;
}

export const startClock = (): ServiceClock => ({
  mode: "live",
  now: 0,
  heard: false,
  boots: {},
  heardOf: {},
});

/** A device's own time that leaps further than this moves the service clock only when a second message agrees. */
const LEAP_MS: DurationMs = 2 * DAY_MS;

/**
 * In `event`, how far a device's clock is believed when it stands at `at`: after a leap that no second
 * message has confirmed, only as far as before. In `live` implausible times are not used at all.
 */
export function believedUntil(clock: ServiceClock, device: string, at: EpochMs): EpochMs {
  const heard = clock.mode === "event" ? clock.heardOf[device] : undefined;
  return heard !== undefined && at - heard[0] > LEAP_MS ? heard[0] : at;
}

/**
 * In `event`, what one message of a device may move the service clock to: a single stamp of another
 * year must not make the whole fleet look silent. Changes `clock.heardOf`.
 */
export function believedTime(
  clock: ServiceClock,
  device: string,
  newest: EpochMs | undefined,
): EpochMs | undefined {
  if (clock.mode === "live" || newest === undefined) return newest;
  const [before, ahead] = clock.heardOf[device] ?? [newest, 0];
  // A second message that is as far agrees with the first one.
  const agrees = ahead !== 0 && newest >= ahead - LEAP_MS;
  const believed = agrees ? Math.max(before, Math.min(ahead, newest)) : before;
  const leaps = newest - believed > LEAP_MS;
  clock.heardOf[device] = leaps ? [believed, newest] : [Math.max(believed, newest), 0];
  return leaps ? believed : newest;
}

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
  /** A time that the device gave was implausible (before 2020 or over five minutes ahead) and was not used. */
  readonly suspect: boolean;
  /** Newest plausible time; 0 = any is. */
  readonly latest: EpochMs;
}

type Moment = { readonly offsetMs: number; readonly absoluteMs?: number };

/** Device time of one point or event of a stamped message; an implausible one counts as the message's own. */
export function momentOf(stamp: Pick<Stamp, "base" | "latest">, moment: Moment): EpochMs {
  const at = moment.absoluteMs ?? stamp.base + moment.offsetMs;
  return isPlausible(at, stamp.latest) ? at : stamp.base;
}

const isPlausible = (at: EpochMs, latest: EpochMs): boolean =>
  latest === 0 || (at >= EARLIEST_MS && at <= latest);

/**
 * Finds the device time of a message. Plausibility limits apply in `live` only, so that recorded
 * data of any year can be played in `event`. Changes `clock.boots` and `clock.receipts`.
 */
export function stamp(
  clock: ServiceClock,
  device: string,
  message: UpMessage,
  appendedAt: EpochMs,
): Stamp {
  const received = clock.mode === "live" ? appendedAt : clock.now === 0 ? appendedAt : clock.now;
  const latest = clock.mode === "live" ? appendedAt + MAX_AHEAD_MS : 0;
  const { ts, up } = message;
  if (ts !== undefined && isPlausible(ts, latest)) {
    return judged(message, { base: ts, source: "device", suspect: false, latest });
  }
  if (ts !== undefined || up === undefined) {
    const suspect = ts !== undefined;
    const base = isMeasured(message) ? receiptOf(clock, device, received) : received;
    return judged(message, { base, source: "receive", suspect, latest });
  }
  const boot = message.boot ?? 0;
  const known = clock.boots[device];
  const offset = received - up;
  const same = known !== undefined && known[0] === boot;
  const best = same ? betterOffset(clock.mode, known[1], offset) : offset;
  clock.boots[device] = [boot, best];
  return judged(message, { base: best + up, source: "uptime", suspect: false, latest });
}

/** A backlog comes within one moment: so far apart it is still one. */
const BURST_MS: DurationMs = SECOND_MS;

/** Readings received in one millisecond get one each, or they would overwrite each other in the series. */
function receiptOf(clock: ServiceClock, device: string, received: EpochMs): EpochMs {
  if (clock.mode === "event") return received;
  const { sweptAt, of } = clock.receipts ?? { sweptAt: 0, of: {} };
  const isNear = (last: EpochMs): boolean => Math.abs(last - received) < BURST_MS;
  if (Math.abs(received - sweptAt) < BURST_MS) {
    clock.receipts = { sweptAt, of };
  } else {
    const near = Object.entries(of).filter(([, last]) => isNear(last));
    clock.receipts = { sweptAt: received, of: Object.fromEntries(near) };
  }
  const last = clock.receipts.of[device] ?? 0;
  const at = received <= last && isNear(last) ? last + 1 : received;
  clock.receipts.of[device] = at;
  return at;
}

const isMeasured = (message: UpMessage): boolean =>
  message.class === "tele" || message.class === "hist";

/** True when stamping the message left something in the clock that must be saved. */
export const isRemembered = (message: UpMessage, { source }: Pick<Stamp, "source">): boolean =>
  source === "uptime" || (source === "receive" && isMeasured(message));

/**
 * In `live` the smallest transport delay seen in this boot tells best when it booted. In `event` the
 * time of receipt is itself made of event times: the first one holds, or the device would hold its
 * own clock back.
 */
const betterOffset = (mode: ServiceClock["mode"], first: number, offset: number): number =>
  mode === "live" ? Math.min(first, offset) : first;

const momentsOf = (message: UpMessage): readonly Moment[] => {
  if (message.class === "tele" || message.class === "hist") return message.points;
  return message.class === "event" ? message.events : [];
};

function judged(message: UpMessage, stamped: Stamp): Stamp {
  const { base, latest } = stamped;
  const wrong = momentsOf(message).some(
    ({ offsetMs, absoluteMs }) => !isPlausible(absoluteMs ?? base + offsetMs, latest),
  );
  return wrong ? { ...stamped, suspect: true } : stamped;
}

/** Newest device time that the message speaks of; undefined when it speaks of none but its receipt. */
export function newestTime(message: UpMessage, stamped: Stamp): EpochMs | undefined {
  if (stamped.source === "receive" && !hasOwnTimes(message)) return undefined;
  const measured = message.class === "tele" || message.class === "hist";
  if (!measured || message.points.length === 0) return stamped.base;
  let newest = Number.NEGATIVE_INFINITY;
  for (const point of message.points) newest = Math.max(newest, momentOf(stamped, point));
  return newest;
}

/** Oldest device time that the message speaks of. */
export const oldestTime = (message: UpMessage, stamped: Stamp): EpochMs =>
  Math.min(stamped.base, ...momentsOf(message).map((moment) => momentOf(stamped, moment)));

/** SenML gives each record its own absolute time. */
const hasOwnTimes = (message: UpMessage): boolean =>
  momentsOf(message).some((moment) => moment.absoluteMs !== undefined);

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
