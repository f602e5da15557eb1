import type { SignalValue } from "@voorzorg/firmware-contracts";
import type { SeriesRow } from "#ports/series-store.ts";

/** InfluxDB keeps one type per field: texts and flags get a field of their own beside the number's. */
export const TEXT_SUFFIX = "_s";
export const FLAG_SUFFIX = "_b";

/** A row whose tags may be others than the device alone; its `product` is the measurement. */
export interface LineRow extends SeriesRow {
  readonly tags?: Readonly<Record<string, string>>;
}

export interface EncodedRow {
  /** Without a line end; empty if no value can be written. */
  readonly line: string;
  /** Values in the line. */
  readonly values: number;
  /** Signals that line protocol cannot carry, with the reason; undefined if there are none. */
  readonly refused: ReadonlyMap<string, string> | undefined;
}

/** Ids and signal names of our contract consist of these: nothing to escape. */
const PLAIN = /^[A-Za-z0-9_-]+$/;
/**
 * Line protocol has no way to write a line end in a name, and a backslash in front of a separator
 * swallows it; other control characters are kept out with them.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ILLEGAL = /[\u0000-\u001f\u007f\\]/;
/** A field of the name of a tag or of `time` cannot be queried, or is dropped in silence. */
const RESERVED: ReadonlySet<string> = new Set(["time", "device"]);

/**
 * One line of InfluxDB's line protocol, precision milliseconds: measurement = product, tag = device,
 * a field per value. Numbers are floats, texts `<signal>_s`, flags `<signal>_b`; null is left out.
 */
export function encodeRow(row: LineRow): EncodedRow {
  const { product, device, at, values, tags } = row;
  const wrong =
    (tags === undefined ? wrongKey(product, device) : wrongTags(product, tags)) ??
    (Number.isSafeInteger(at) ? undefined : `the time ${at}`);
  if (wrong !== undefined) return refuseAll(row, `InfluxDB cannot take ${wrong}`);
  let fields = "";
  let count = 0;
  let refused: Map<string, string> | undefined;
  for (const signal in values) {
    const value = values[signal];
    if (value === null || value === undefined) continue;
    const plain = PLAIN.test(signal);
    const reason = wrongField(signal, value, plain) ?? shared(signal, values);
    if (reason !== undefined) {
      refused ??= new Map();
      refused.set(signal, `InfluxDB cannot take ${reason}`);
      continue;
    }
    fields += (count === 0 ? "" : ",") + fieldOf(plain ? signal : escapedKey(signal), value);
    count += 1;
  }
  if (count === 0) return { line: "", values: 0, refused };
  const key = tags === undefined ? `,device=${escapedKey(device)}` : tagsOf(tags);
  const line = `${escapedMeasurement(product)}${key} ${fields} ${at}`;
  return { line, values: count, refused };
}

function fieldOf(key: string, value: number | string | boolean): string {
  if (typeof value === "number") return `${key}=${value}`;
  if (typeof value === "boolean") return `${key}${FLAG_SUFFIX}=${value ? "true" : "false"}`;
  return `${key}${TEXT_SUFFIX}="${escapedText(value)}"`;
}

/** Half of a surrogate pair has no UTF-8: it becomes U+FFFD here rather than somewhere on the way. */
const escapedText = (text: string): string =>
  PLAIN.test(text) ? text : text.toWellFormed().replace(/["\\]/g, "\\$&");

const escapedMeasurement = (name: string): string =>
  PLAIN.test(name) ? name : name.toWellFormed().replace(/[, ]/g, "\\$&");

const escapedKey = (name: string): string =>
  PLAIN.test(name) ? name : name.toWellFormed().replace(/[,= ]/g, "\\$&");

function wrongKey(product: string, device: string): string | undefined {
  if (PLAIN.test(product) && PLAIN.test(device)) return undefined;
  if (product === "" || product.startsWith("#") || ILLEGAL.test(product)) {
    return `product ${JSON.stringify(product)}`;
  }
  return device === "" || ILLEGAL.test(device) ? `device ${JSON.stringify(device)}` : undefined;
}

/** Sorted by key, as InfluxDB likes them best; it cannot take an empty one. */
function tagsOf(tags: NonNullable<LineRow["tags"]>): string {
  return Object.keys(tags)
    .sort()
    .filter((key) => tags[key] !== "")
    .map((key) => `,${escapedKey(key)}=${escapedKey(tags[key] ?? "")}`)
    .join("");
}

function wrongTags(measurement: string, tags: NonNullable<LineRow["tags"]>): string | undefined {
  const wrong = Object.entries(tags).find(([key, value]) => ILLEGAL.test(key + value));
  return wrong === undefined
    ? wrongKey(measurement, "-")
    : `tag ${wrong[0]} ${JSON.stringify(wrong[1])}`;
}

function wrongField(signal: string, value: SignalValue, plain: boolean): string | undefined {
  if (typeof value === "number" && RESERVED.has(signal)) {
    return `a signal of the name ${signal}, which it uses itself`;
  }
  if (!plain && (signal === "" || ILLEGAL.test(signal))) {
    return `signal ${JSON.stringify(signal)}`;
  }
  return typeof value === "number" && !Number.isFinite(value) ? `the value ${value}` : undefined;
}

/** The field of a text or flag may be the name of another signal, whose type it then is. */
function shared(signal: string, values: SeriesRow["values"]): string | undefined {
  const value = values[signal];
  if (typeof value === "number") return undefined;
  const field = signal + (typeof value === "string" ? TEXT_SUFFIX : FLAG_SUFFIX);
  const other = Object.hasOwn(values, field) ? values[field] : null;
  return typeof other === "number"
    ? `${signal} beside ${field}: both are the field ${field}`
    : undefined;
}

function refuseAll(row: SeriesRow, reason: string): EncodedRow {
  const signals = Object.keys(row.values).filter((signal) => row.values[signal] !== null);
  return { line: "", values: 0, refused: new Map(signals.map((signal) => [signal, reason])) };
}
