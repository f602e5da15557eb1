import { decode as decodeCbor } from "cborg";
import { LIMITS } from "./limits.ts";
import type { Decoded } from "./messages.ts";
import type { Refused } from "./refusal.ts";
import { accept, refuse, show } from "./refusal.ts";

/** SenML labels in CBOR are integers (RFC 8428 section 6, table 4). */
const SENML_LABELS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [-1, "bver"],
  [-2, "bn"],
  [-3, "bt"],
  [-4, "bu"],
  [-5, "bv"],
  [-6, "bs"],
  [0, "n"],
  [1, "u"],
  [2, "v"],
  [3, "vs"],
  [4, "vb"],
  [5, "s"],
  [6, "t"],
  [7, "ut"],
  [8, "vd"],
]);

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Bytes of a payload to plain values: JSON or CBOR, told by the first byte. Numbers are finite,
 * nesting is at most 8, no key can reach a prototype; everything else is refused with its reason.
 * Never throws.
 */
export function decodeBody(bytes: Uint8Array): Decoded<unknown> {
  const first = bytes[0];
  if (first === undefined) {
    return refuse("empty_payload", "the payload is empty; expected a JSON object or a CBOR map");
  }
  if (bytes.length > LIMITS.payloadBytes) {
    return refuse(
      "too_large",
      `the payload has ${bytes.length} bytes; at most ${LIMITS.payloadBytes} are allowed, send smaller packs`,
    );
  }
  if (isJsonStart(first)) return jsonBody(bytes);
  if ((first >= 0x80 && first <= 0xbf) || first === 0xd9) return cborBody(bytes);
  return refuse(
    "unknown_format",
    `the payload begins with byte 0x${first.toString(16).padStart(2, "0")}; expected "{" or "[" (JSON) or a CBOR map or array`,
  );
}

const isJsonStart = (byte: number): boolean =>
  byte === 0x7b ||
  byte === 0x5b ||
  byte === 0x20 ||
  byte === 0x0a ||
  byte === 0x0d ||
  byte === 0x09;

function jsonBody(bytes: Uint8Array): Decoded<unknown> {
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(bytes));
  } catch (error) {
    return refuse("bad_json", `the payload is not valid JSON: ${messageOf(error)}`);
  }
  const problem = treeProblem(value, 0, "");
  return problem ?? accept(value);
}

/** The one place per value where depth, finiteness and keys are looked at. */
function treeProblem(value: unknown, depth: number, path: string): Refused | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : badNumber(path, value);
  if (typeof value !== "object" || value === null) return undefined;
  if (depth >= LIMITS.depth) return tooDeep(path);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === "string") continue;
      const problem = treeProblem(item, depth + 1, path);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  // JSON.parse makes own, enumerable properties only, so `for in` sees exactly the keys sent.
  for (const key in value) {
    if (isPrototypeKey(key)) return badKey(path, key);
    const item: unknown = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof item === "string") continue;
    const problem = treeProblem(item, depth + 1, key);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const isPrototypeKey = (key: string): boolean =>
  key === "__proto__" || key === "constructor" || key === "prototype";

const at = (path: string): string => (path === "" ? "the payload" : `field ${show(path)}`);

const tooDeep = (path: string): Refused =>
  refuse("too_deep", `${at(path)} is nested deeper than ${LIMITS.depth} levels`);

const badNumber = (path: string, value: number | bigint): Refused =>
  refuse(
    "bad_number",
    `${at(path)} holds ${show(value)}; expected a finite number, an integer within ±${Number.MAX_SAFE_INTEGER}, or null for "not available"`,
  );

const badKey = (path: string, key: unknown): Refused =>
  refuse("bad_key", `${at(path)} has the key ${show(key)}; expected a plain text key`);

/** Tag 55799 says "this is CBOR" and nothing else (RFC 8949 section 3.4.6). */
const SELF_DESCRIBED = [0xd9, 0xd9, 0xf7] as const;

function cborBody(bytes: Uint8Array): Decoded<unknown> {
  const described = SELF_DESCRIBED.every((byte, index) => bytes[index] === byte);
  let value: unknown;
  try {
    value = decodeCbor(described ? bytes.subarray(SELF_DESCRIBED.length) : bytes, {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      // Let through here and refused in plainValue, which can name the field.
      allowInfinity: true,
      allowNaN: true,
      allowBigInt: true,
      // Maps keep every key what it was: `__proto__` and integer labels are seen, not interpreted.
      useMaps: true,
      rejectDuplicateMapKeys: true,
    });
  } catch (error) {
    // The decoder recurses; a payload of nothing but brackets ends here and not in a crash.
    if (error instanceof RangeError) return tooDeep("");
    return refuse("bad_cbor", `the payload is not valid CBOR: ${messageOf(error)}`);
  }
  return plainValue(value, { depth: 0, path: "", senml: Array.isArray(value) });
}

interface Place {
  readonly depth: number;
  readonly path: string;
  /** Integer labels are allowed only in the records of a SenML pack. */
  readonly senml: boolean;
}

function plainValue(value: unknown, place: Place): Decoded<unknown> {
  if (typeof value === "string" || typeof value === "boolean" || value === null) {
    return accept(value);
  }
  if (typeof value === "number") {
    return Number.isFinite(value) ? accept(value) : badNumber(place.path, value);
  }
  // cborg gives a bigint only where a number would not be exact.
  if (typeof value === "bigint") return badNumber(place.path, value);
  if (place.depth >= LIMITS.depth) return tooDeep(place.path);
  if (Array.isArray(value)) return plainArray(value, place);
  if (value instanceof Map) return plainObject(value, place);
  return refuse(
    "bad_cbor",
    `${at(place.path)} holds ${show(value)}; expected a number, text, true, false, null, a map or an array`,
  );
}

function plainArray(items: readonly unknown[], place: Place): Decoded<unknown> {
  const list: unknown[] = [];
  for (const item of items) {
    const plain = plainValue(item, { ...place, depth: place.depth + 1 });
    if (!plain.ok) return plain;
    list.push(plain.value);
  }
  return accept(list);
}

function plainObject(map: ReadonlyMap<unknown, unknown>, place: Place): Decoded<unknown> {
  const object: Record<string, unknown> = {};
  for (const [label, item] of map) {
    const key = place.senml && place.depth === 1 ? (SENML_LABELS.get(label) ?? label) : label;
    if (typeof key !== "string" || isPrototypeKey(key)) return badKey(place.path, label);
    const plain = plainValue(item, { senml: place.senml, depth: place.depth + 1, path: key });
    if (!plain.ok) return plain;
    object[key] = plain.value;
  }
  return accept(object);
}

const messageOf = (error: unknown): string =>
  show(error instanceof Error ? error.message.replace(/^CBOR decode error: /, "") : error);
