import type { DurationMs, EpochMs } from "#domain/units.ts";

/** How long a message may wait for the ones before it. */
export const GAP_WAIT_MS: DurationMs = 2_000;
const MAX_HELD = 64;
const RECENT = 64;
const MAX_MISSING = 64;

/** Where one device's message stream stands. Plain JSON. */
export interface OrderState<M> {
  boot: number;
  /** Highest sequence number passed on in this boot. */
  high: number;
  /** Ranges below `high` that never came, oldest first, bounded. */
  missing: [from: number, to: number][];
  /** Newest messages passed on, earlier boots included (a device may send its backlog again), bounded. */
  recent: [boot: number, seq: number, hash: number][];
  /** Waiting for a gap to fill, by seq. */
  held: Held<M>[];
  /** Service clock; when the held ones pass anyway. 0 = nothing is held. */
  heldUntil: EpochMs;
}

export interface Held<M> {
  readonly seq: number;
  readonly hash: number;
  readonly message: M;
}

/** A message with its place and the hash of its payload. */
type Arrival<M> = Held<M> & { readonly boot: number };

export type Passed<M> = {
  readonly message: M;
  /** Older than what was already passed on: kept and counted, never re-decides. */
  readonly late: boolean;
  readonly flag: "none" | "boot_regressed" | "late";
};

export type Ordered<M> = { readonly passed: readonly Passed<M>[]; readonly duplicate: boolean };

export const startOrder = <M>(): OrderState<M> => ({
  boot: -1,
  high: -1,
  missing: [],
  recent: [],
  held: [],
  heldUntil: 0,
});

/**
 * In-order messages pass at once; a gap waits at most GAP_WAIT_MS; what comes after its place was
 * given up passes as late. A duplicate is the same (boot, seq) with the same payload; the same
 * place with another payload is accepted and flagged, because acknowledged data is never eaten.
 * Changes `state` in place.
 */
export function order<M>(
  state: OrderState<M>,
  { boot, seq, hash, message }: Arrival<M>,
  now: EpochMs,
): Ordered<M> {
  if (boot < state.boot) return late(state, { boot, seq, hash, message }, "boot_regressed");
  if (boot > state.boot) {
    const rest = release(state);
    Object.assign(state, { boot, missing: seq > 0 ? [[0, seq - 1]] : [] });
    advance(state, seq, hash);
    return { passed: [...rest, onTime(message)], duplicate: false };
  }
  if (seq <= state.high) return behind(state, { boot, seq, hash, message });
  if (seq === state.high + 1) {
    advance(state, seq, hash);
    return { passed: [onTime(message), ...drain(state)], duplicate: false };
  }
  const twin = state.held.find((h) => h.seq === seq);
  if (twin !== undefined) {
    if (twin.hash === hash) return { passed: [], duplicate: true };
    return late(state, { boot, seq, hash, message }, "boot_regressed");
  }
  state.held.push({ seq, hash, message });
  state.held.sort((a, b) => a.seq - b.seq);
  if (state.heldUntil === 0) state.heldUntil = now + GAP_WAIT_MS;
  return { passed: state.held.length > MAX_HELD ? release(state) : [], duplicate: false };
}

/** Gives up the gap: everything held passes in order of seq. */
export function release<M>(state: OrderState<M>): readonly Passed<M>[] {
  const passed = state.held.map((held) => {
    if (held.seq > state.high + 1) state.missing.push([state.high + 1, held.seq - 1]);
    advance(state, held.seq, held.hash);
    return onTime(held.message);
  });
  state.missing.splice(0, Math.max(0, state.missing.length - MAX_MISSING));
  state.held = [];
  state.heldUntil = 0;
  return passed;
}

/** A place below the newest: a gap that fills late, or a place that was taken already. */
function behind<M>(state: OrderState<M>, arrival: Arrival<M>): Ordered<M> {
  const { seq } = arrival;
  const index = state.missing.findIndex(([from, to]) => from <= seq && seq <= to);
  const gap = state.missing[index];
  if (gap === undefined) return late(state, arrival, "boot_regressed");
  const [from, to] = gap;
  const parts: [number, number][] = [
    [from, seq - 1],
    [seq + 1, to],
  ];
  state.missing.splice(index, 1, ...parts.filter(([a, b]) => a <= b));
  return late(state, arrival, "late");
}

function drain<M>(state: OrderState<M>): Passed<M>[] {
  const passed: Passed<M>[] = [];
  for (let next = state.held[0]; next?.seq === state.high + 1; next = state.held[0]) {
    state.held.shift();
    advance(state, next.seq, next.hash);
    passed.push(onTime(next.message));
  }
  if (state.held.length === 0) state.heldUntil = 0;
  return passed;
}

function advance<M>(state: OrderState<M>, seq: number, hash: number): void {
  state.high = seq;
  remember(state, state.boot, seq, hash);
}

function remember<M>(
  state: OrderState<M>,
  ...place: [boot: number, seq: number, hash: number]
): void {
  state.recent.push(place);
  if (state.recent.length > RECENT * 2) state.recent.splice(0, RECENT);
}

const onTime = <M>(message: M): Passed<M> => ({ message, late: false, flag: "none" });

function late<M>(
  state: OrderState<M>,
  { boot, seq, hash, message }: Arrival<M>,
  flag: "boot_regressed" | "late",
): Ordered<M> {
  const known = state.recent.some(([b, s, h]) => b === boot && s === seq && h === hash);
  if (known) return { passed: [], duplicate: true };
  remember(state, boot, seq, hash);
  return { passed: [{ message, late: true, flag }], duplicate: false };
}
