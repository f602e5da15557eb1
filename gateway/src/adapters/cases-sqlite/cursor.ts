import { crc32 } from "node:zlib";
import { GatewayError } from "#domain/errors.ts";

/** A page cursor that this service did not hand out for this list. */
export class BadCursorError extends GatewayError {
  readonly code = "VZ_BAD_CURSOR";
}

export type CursorKey = readonly [first: number, second: number | string];

/** Opaque to clients: the sort key of the last item of a page, named after its list. */
export function encodeCursor(list: string, key: CursorKey): string {
  const text = JSON.stringify([list, ...key]);
  return Buffer.from(`${checksum(text)}${text}`).toString("base64url");
}

/** Throws BadCursorError; the check sum is against copying mistakes, not a signature. */
export function decodeCursor(list: string, cursor: string): CursorKey {
  const decoded = Buffer.from(cursor, "base64url").toString("utf8");
  const text = decoded.slice(CHECKSUM_LENGTH);
  if (decoded.slice(0, CHECKSUM_LENGTH) !== checksum(text)) throw bad(list, cursor);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(list, cursor, error);
  }
  if (!Array.isArray(value) || value.length !== 3 || value[0] !== list) throw bad(list, cursor);
  const first: unknown = value[1];
  const second: unknown = value[2];
  if (typeof first !== "number") throw bad(list, cursor);
  if (typeof second !== "number" && typeof second !== "string") throw bad(list, cursor);
  return [first, second];
}

const CHECKSUM_LENGTH = 8;
const checksum = (text: string): string => crc32(text).toString(16).padStart(CHECKSUM_LENGTH, "0");

const bad = (list: string, cursor: string, cause?: unknown): BadCursorError =>
  new BadCursorError(
    `cursor ${JSON.stringify(cursor.slice(0, 100))} is none of the list of ${list}: give the nextCursor of its last page unchanged, or none to start`,
    { cause },
  );
