/**
 * Limits of the wire contract. A frame above the hard limit closes the connection; a payload above
 * the soft limit is acknowledged and quarantined.
 */
export const LIMITS = {
  /** Bytes of one MQTT frame, the hard limit after CONNECT. */
  frameBytes: 128 * 1024,
  /** Bytes of one payload. */
  payloadBytes: 64 * 1024,
  /** Points of one measurement pack, or events of one event message. */
  points: 500,
  /** Nested objects and arrays. */
  depth: 8,
  /** UTF-16 units of a text signal, a setting or a string in `attrs`. */
  textLength: 1_024,
  /** Entries of `attrs`, `set` and command arguments. */
  entries: 64,
  /** Ids of products, devices, events, commands, command calls. */
  idLength: 64,
} as const;

export const U32_MAX = 0xffff_ffff;
/** The largest instant that ECMAScript dates can hold, ms since 1970 UTC. */
export const INSTANT_MAX_MS = 8.64e15;
