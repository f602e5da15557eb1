import type { Decoded, Refusal } from "./messages.ts";

/**
 * Every reason to refuse a message or the arguments of a command. The codes are stable: they are
 * the label of the quarantine counter and the anchor in docs/errors.md.
 */
export const REFUSAL_CODES = {
  empty_payload: "The payload has no bytes.",
  too_large: "The payload is larger than 64 KiB.",
  unknown_format: "The first byte begins neither JSON nor CBOR.",
  bad_json: "The payload begins like JSON but is not valid JSON in UTF-8.",
  bad_cbor:
    "The payload begins like CBOR but is not valid, uses an indefinite length, a byte string, undefined or an unknown tag, or repeats a key.",
  too_deep: "Objects and arrays are nested more than 8 deep.",
  bad_number: "A number is NaN, infinite, or an integer too large to be exact.",
  bad_key: "A key is not text, or is one of the names that JavaScript reserves for prototypes.",
  bad_envelope: "One of boot, seq, ts and up has the wrong type or is out of its limits.",
  bad_field:
    "A field of this message class is missing, has the wrong type or is out of its limits.",
  no_points: "A measurement message carries no point.",
  too_many_points: "A message carries more than 500 points or events.",
  unknown_signal: "The product has no signal of that name.",
  bad_value: "The value does not fit the kind of the signal or setting.",
  unknown_state: "The value is none of the states that the product model lists.",
  unknown_event: "The product has no event of that code.",
  unknown_setting: "The product has no setting of that name.",
  unit_mismatch:
    "A SenML record names another unit than the product model; nothing is converted by guess.",
  senml_version: "A SenML pack has a version above 10.",
  senml_unsupported: "A SenML record uses a field that must be understood and is not.",
  unknown_command: "The product has no command of that name.",
  unknown_argument: "The command has no argument of that name.",
  missing_argument: "A required argument of the command is absent.",
  bad_argument: "An argument of the command has the wrong type or is out of its limits.",
} as const satisfies Readonly<Record<string, string>>;

export type RefusalCode = keyof typeof REFUSAL_CODES;

export type Refused = { readonly ok: false; readonly refusal: Refusal };

export const refuse = (code: RefusalCode, reason: string): Refused => ({
  ok: false,
  refusal: { code, reason },
});

export const accept = <T>(value: T): Decoded<T> => ({ ok: true, value });

const SHOWN_LENGTH = 60;

/** A value as a person reads it in a reason: JSON, cut after 60 characters, never throws. */
export function show(value: unknown): string {
  const text = describe(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, SHOWN_LENGTH + 1));
  if (value === undefined) return "absent";
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Map) return `a map of ${value.size} keys`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) {
    return `an object with ${
      Object.keys(value)
        .slice(0, 5)
        .map((key) => JSON.stringify(key))
        .join(", ") || "no keys"
    }`;
  }
  return String(value);
}

/** `; the nearest known is "boiler_temp"`, or the known names when none is near, or nothing. */
export function hint(name: string, known: Iterable<string>): string {
  const names = [...known];
  const nearest = nearestName(name, names);
  if (nearest !== undefined) return `; did you mean ${JSON.stringify(nearest)}?`;
  if (names.length === 0) return "; the product declares none";
  const listed = names.slice(0, 12).join(", ");
  return `; known are ${listed}${names.length > 12 ? ", …" : ""}`;
}

function nearestName(name: string, known: readonly string[]): string | undefined {
  const shortName = name.slice(0, 64);
  const limit = Math.max(2, Math.floor(shortName.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    const distance = editDistance(shortName.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const shift = Math.min(previous[column] ?? 0, current[column - 1] ?? 0) + 1;
      current.push(Math.min(substitution, shift));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
