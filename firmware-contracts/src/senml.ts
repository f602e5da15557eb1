import { INSTANT_MAX_MS, LIMITS } from "./limits.ts";
import type { Decoded, Point, SignalValue } from "./messages.ts";
import type { ProductModel, SignalModel } from "./product-model.ts";
import type { Refused } from "./refusal.ts";
import { accept, refuse, show } from "./refusal.ts";
import { checkSignal, isRefused, ownEntry, unknownSignal } from "./signal-values.ts";

/** Below this a SenML time is relative to now, above it absolute (RFC 8428 section 4.5.3). */
const ABSOLUTE_FROM_S = 2 ** 28;
const SENML_VERSION = 10;

interface Base {
  name: string;
  timeS: number;
  unit: string | undefined;
  value: number | undefined;
}
type Rec = Readonly<Record<string, unknown>>;

/**
 * A SenML pack (RFC 8428) to points: records of one time are one point, in the order of their first
 * record. Relative times become offsets from the receive time. A unit that differs from the product
 * model is refused: 20 could be degrees of either kind.
 */
export function decodeSenml(
  records: readonly unknown[],
  product: ProductModel,
): Decoded<readonly Point[]> {
  if (records.length > LIMITS.points) {
    return refuse(
      "too_many_points",
      `the SenML pack has ${records.length} records; at most ${LIMITS.points} are allowed`,
    );
  }
  const base: Base = { name: "", timeS: 0, unit: undefined, value: undefined };
  const byTime = new Map<number, { point: Point; values: Record<string, SignalValue> }>();
  for (const [index, record] of records.entries()) {
    if (typeof record !== "object" || record === null || Array.isArray(record)) {
      return refuse("bad_field", `SenML record ${index} is ${show(record)}; expected an object`);
    }
    const sample = decodeRecord(record as Rec, base, { index, product });
    if (!sample.ok) return sample;
    if (sample.value === undefined) continue;
    const { timeS, name, value } = sample.value;
    let entry = byTime.get(timeS);
    if (entry === undefined) {
      const values: Record<string, SignalValue> = {};
      entry = { values, point: { ...momentOf(timeS), values } };
      byTime.set(timeS, entry);
    }
    entry.values[name] = value;
  }
  if (byTime.size === 0) {
    return refuse("no_points", "the SenML pack has no record with a value; expected at least one");
  }
  return accept([...byTime.values()].map((entry) => entry.point));
}

function momentOf(timeS: number): { offsetMs: number; absoluteMs?: number } {
  // `+ 0` turns the -0 that rounding gives into 0.
  const ms = Math.round(timeS * 1_000) + 0;
  return timeS < ABSOLUTE_FROM_S ? { offsetMs: ms } : { offsetMs: 0, absoluteMs: ms };
}

interface Where {
  readonly index: number;
  readonly product: ProductModel;
}
interface Sample {
  readonly name: string;
  readonly timeS: number;
  readonly value: SignalValue;
}

function decodeRecord(record: Rec, base: Base, where: Where): Decoded<Sample | undefined> {
  const problem = baseProblem(record, base, where.index);
  if (problem !== undefined) return problem;
  const hasValue = "v" in record || "vs" in record || "vb" in record;
  // A record with base fields alone prepares the next ones.
  if (!hasValue && !("n" in record)) return accept(undefined);

  const timeS = base.timeS + ((record.t as number | undefined) ?? 0);
  if (Math.abs(timeS) * 1_000 > INSTANT_MAX_MS) {
    return wrongType(where.index, { label: "t", value: timeS, wanted: "seconds of a real time" });
  }
  const signal = signalOf(`${base.name}${(record.n as string | undefined) ?? ""}`, where.product);
  if (!signal.ok) return signal;
  const { name, model } = signal.value;
  const unit = (record.u as string | undefined) ?? base.unit;
  if (unit !== undefined && unit !== model.unit) {
    return refuse(
      "unit_mismatch",
      `signal "${name}" comes in unit ${show(unit)}; expected ${model.unit === undefined ? "no unit" : show(model.unit)}, as product "${where.product.id}" declares`,
    );
  }
  const value = checkSignal(name, recordValue(record, base), model);
  return isRefused(value) ? value : accept({ name, timeS, value });
}

/** An absent `v` beside a base value counts as zero (RFC 8428 section 4.3). */
function recordValue(record: Rec, base: Base): unknown {
  if ("vs" in record) return record.vs;
  if ("vb" in record) return record.vb;
  const value = record.v;
  if (value === null) return null;
  if (value === undefined) return base.value;
  return (value as number) + (base.value ?? 0);
}

const TYPES: Readonly<Record<string, "number" | "string" | "boolean">> = {
  bn: "string",
  bt: "number",
  bu: "string",
  bv: "number",
  bver: "number",
  n: "string",
  u: "string",
  t: "number",
  vs: "string",
  vb: "boolean",
};

function baseProblem(record: Rec, base: Base, index: number): Refused | undefined {
  for (const label in record) {
    const value = record[label];
    const type = TYPES[label];
    if (type !== undefined && typeof value !== type) {
      return wrongType(index, { label, value, wanted: `a ${type}` });
    }
    if (label === "v" && value !== null && typeof value !== "number") {
      return wrongType(index, { label, value, wanted: "a number, or null" });
    }
    if (label.endsWith("_") || label === "vd" || label === "s" || label === "bs") {
      return refuse(
        "senml_unsupported",
        `SenML record ${index} uses ${show(label)}, which must be understood and is not; expected v, vs or vb`,
      );
    }
  }
  const version = record.bver;
  if (typeof version === "number" && version > SENML_VERSION) {
    return refuse(
      "senml_version",
      `SenML record ${index} has bver ${version}; expected at most ${SENML_VERSION}`,
    );
  }
  if ("bn" in record) base.name = record.bn as string;
  if ("bt" in record) base.timeS = record.bt as number;
  if ("bu" in record) base.unit = record.bu as string;
  if ("bv" in record) base.value = record.bv as number;
  return undefined;
}

const wrongType = (
  index: number,
  found: { readonly label: string; readonly value: unknown; readonly wanted: string },
): Refused =>
  refuse(
    "bad_field",
    `SenML record ${index} has ${found.label} ${show(found.value)}; expected ${found.wanted}`,
  );

/**
 * Which device speaks is decided by the topic, so a device prefix (`urn:dev:ow:10e2073a0108006:`,
 * `kitchen/`, or the `_` form of RFC 9039) is dropped and not compared.
 */
function signalOf(
  fullName: string,
  product: ProductModel,
): Decoded<{ readonly name: string; readonly model: SignalModel }> {
  const last = fullName.slice(Math.max(fullName.lastIndexOf("/"), fullName.lastIndexOf(":")) + 1);
  const afterUrn = fullName.startsWith("urn:dev:") ? last.slice(last.indexOf("_") + 1) : last;
  for (const name of [last, afterUrn]) {
    const model = ownEntry(product.signals, name);
    if (model !== undefined) return accept({ name, model });
  }
  return unknownSignal(last, product);
}
