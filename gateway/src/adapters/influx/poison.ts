import type { WriteVerdict } from "./answers.ts";
import type { LineRow } from "./line-protocol.ts";
import { encodeRow, FLAG_SUFFIX, TEXT_SUFFIX } from "./line-protocol.ts";

/** A row, or a part of its values, with its line. */
export interface Entry {
  readonly row: LineRow;
  readonly line: string;
  readonly values: number;
}

type Failure = Extract<WriteVerdict, { readonly reason: string }>;

/** Of 1.x and 2.x: `input field "x" on measurement "m" is type string, already exists as type float`. */
const CONFLICT = /input field "(.+?)" on measurement "(.+?)" is /;

/** Words about one value of a line; the others of the line may be good. */
const ABOUT_A_VALUE = /input field|field type|invalid field|too long/i;

/**
 * True if the server says that it dropped every point of the batch and the cause is the same for all
 * values of a point, so that dividing further can save nothing.
 */
export function sameFailure(batch: readonly Entry[], failure: Failure): boolean {
  if (failure.kind !== "refused" || failure.dropped !== batch.length) return false;
  return !ABOUT_A_VALUE.test(failure.reason) || batch.every((entry) => entry.values === 1);
}

/**
 * Divides a refused batch, so that bad lines meet bad lines; empty if it is one value or one line of
 * which no part can be good.
 */
export function parted(batch: readonly Entry[], failure: Failure): readonly (readonly Entry[])[] {
  const conflict = failure.kind === "refused" ? CONFLICT.exec(failure.reason) : null;
  if (conflict !== null) {
    const parts = withoutField(batch, { field: conflict[1] ?? "", measurement: conflict[2] ?? "" });
    if (parts.length > 1) return parts;
  }
  if (batch.length > 1) {
    // What is too old is old for all devices: by time it becomes one stretch.
    const sorted = batch.toSorted((a, b) => a.row.at - b.row.at);
    const middle = sorted.length >> 1;
    return [sorted.slice(0, middle), sorted.slice(middle)];
  }
  const [only] = batch;
  const divisible = failure.kind === "too_large" || ABOUT_A_VALUE.test(failure.reason);
  return only === undefined || !divisible ? [] : halfOfValues(only);
}

/** The values that the server complains about, apart from all others. */
function withoutField(
  batch: readonly Entry[],
  named: { readonly field: string; readonly measurement: string },
): readonly (readonly Entry[])[] {
  const complained: Entry[] = [];
  const others: Entry[] = [];
  for (const entry of batch) {
    const { row } = entry;
    const signal = row.product === named.measurement ? signalOf(row, named.field) : undefined;
    if (signal === undefined || entry.values === 1) {
      (signal === undefined ? others : complained).push(entry);
      continue;
    }
    const { [signal]: value = null, ...rest } = row.values;
    complained.push(...entriesOf(row, { [signal]: value }));
    others.push(...entriesOf(row, rest));
  }
  return [others, complained].filter((part) => part.length > 0);
}

function signalOf(row: LineRow, field: string): string | undefined {
  const names: readonly (readonly [string, string])[] = [
    [field, "number"],
    [field.endsWith(TEXT_SUFFIX) ? field.slice(0, -TEXT_SUFFIX.length) : "", "string"],
    [field.endsWith(FLAG_SUFFIX) ? field.slice(0, -FLAG_SUFFIX.length) : "", "boolean"],
  ];
  return names.find(([signal, type]) => typeof row.values[signal] === type)?.[0];
}

function halfOfValues({ row, values }: Entry): readonly (readonly Entry[])[] {
  if (values < 2) return [];
  const all = Object.entries(row.values).filter(([, value]) => value !== null);
  const middle = all.length >> 1;
  return [all.slice(0, middle), all.slice(middle)].map((part) =>
    entriesOf(row, Object.fromEntries(part)),
  );
}

function entriesOf(row: LineRow, values: LineRow["values"]): readonly Entry[] {
  const part = { ...row, values };
  const { line, values: count } = encodeRow(part);
  return count === 0 ? [] : [{ row: part, line, values: count }];
}
