import type { SignalValue } from "@voorzorg/firmware-contracts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * A CSV cell as a signal value: empty is null ("known to be unavailable"), `true` and `false` are
 * flags, finite decimal numbers are numbers, all else (also `NaN`, `Infinity`, `0x10`) stays text,
 * so that the gateway and not the player judges it.
 */
export function parseCell(cell: string): SignalValue {
  if (cell === "") return null;
  if (cell === "true") return true;
  if (cell === "false") return false;
  if (!NUMBER.test(cell)) return cell;
  const number = Number(cell);
  return Number.isFinite(number) ? number : cell;
}

/** ISO 8601 or epoch ms; undefined if it is no time, so that the row is sent without one. */
export function parseTime(cell: string): number | undefined {
  const time = /^\d{12,14}$/.test(cell) ? Number(cell) : Date.parse(cell);
  return Number.isFinite(time) ? time : undefined;
}
