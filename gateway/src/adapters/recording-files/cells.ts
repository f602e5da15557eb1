import type { SignalValue } from "@voorzorg/firmware-contracts";
import type { EpochMs } from "#domain/units.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * A CSV cell as a device would send it: empty is null ("known to be unavailable"), `true` and
 * `false` are flags, finite decimal numbers are numbers, all else (also `NaN`, `Infinity`, `0x10`)
 * stays text, so that the contract judges it and not the reader.
 */
export function parseCell(cell: string): SignalValue {
  if (cell === "") return null;
  if (NUMBER.test(cell)) {
    const number = Number(cell);
    return Number.isFinite(number) ? number : cell;
  }
  if (cell === "true") return true;
  return cell === "false" ? false : cell;
}

/** ISO 8601 or epoch ms; undefined if it is no time, so that the row counts as sent without one. */
export function parseTime(cell: string): EpochMs | undefined {
  const time = /^\d{12,14}$/.test(cell) ? Number(cell) : Date.parse(cell);
  return Number.isFinite(time) ? time : undefined;
}
