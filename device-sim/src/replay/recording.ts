import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import type { SignalValue } from "@voorzorg/firmware-contracts";
import { parse } from "csv-parse";
import { DataError, messageOf } from "../errors.ts";
import { parseCell, parseTime } from "./cells.ts";

export interface RecordedRow {
  readonly kind: "row";
  readonly tsMs: number | undefined;
  readonly values: Readonly<Record<string, SignalValue>>;
}
export interface RecordedEvent {
  readonly kind: "event";
  readonly tsMs: number | undefined;
  readonly code: string;
  readonly attrs: Readonly<Record<string, unknown>>;
}
export type Recorded = RecordedRow | RecordedEvent;

/** One line of devices.csv. */
export interface RecordedDevice {
  readonly id: string;
  readonly product: string;
  readonly attrs: Readonly<Record<string, string | number | boolean>>;
  readonly cohort: string;
}

const seriesPath = (dataDir: string, device: string): string =>
  join(dataDir, "series", `${device}.csv.gz`);

/** Streams a CSV file, gzip-compressed if its name says so; cells are text, the first line names them. */
async function* readCsv(path: string): AsyncGenerator<Readonly<Record<string, string>>> {
  const parser = parse({ columns: true, bom: true, skip_empty_lines: true });
  const source = createReadStream(path);
  const onEnd = (error: Error | null | undefined): void => {
    if (error) parser.destroy(error);
  };
  if (path.endsWith(".gz")) pipeline(source, createGunzip(), parser, onEnd);
  else pipeline(source, parser, onEnd);
  try {
    for await (const record of parser) yield record as Record<string, string>;
  } catch (error) {
    throw new DataError(`${path} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The CSV file itself or its compressed form, whichever is there. */
function csvIn(dataDir: string, name: string): string | undefined {
  return [join(dataDir, `${name}.gz`), join(dataDir, name)].find((path) => existsSync(path));
}

function parseAttrs(text: string | undefined, where: string): Record<string, unknown> {
  if (text === undefined || text === "") return {};
  try {
    const attrs: unknown = JSON.parse(text);
    if (typeof attrs === "object" && attrs !== null && !Array.isArray(attrs)) {
      return attrs as Record<string, unknown>;
    }
  } catch (error) {
    throw new DataError(`attrs of ${where} is no JSON: ${text.slice(0, 100)}`, {
      cause: error,
    });
  }
  throw new DataError(`attrs of ${where} is ${text.slice(0, 100)}, not a JSON object`);
}

function scalarsOf(
  attrs: Record<string, unknown>,
): Readonly<Record<string, string | number | boolean>> {
  const scalars: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(attrs)) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      scalars[name] = value;
    }
  }
  return scalars;
}

/** @throws SimError if the folder has no devices.csv or does not list the device. */
export async function findDevice(dataDir: string, device: string): Promise<RecordedDevice> {
  const path = csvIn(dataDir, "devices.csv");
  if (path === undefined) {
    throw new DataError(`${dataDir} holds no devices.csv (device,product,attrs,cohort)`);
  }
  for await (const line of readCsv(path)) {
    if (line.device !== device) continue;
    const product = line.product ?? "";
    if (product === "") {
      throw new DataError(`${path} names no product for device ${device}`);
    }
    const attrs = scalarsOf(parseAttrs(line.attrs, `device ${device} in ${path}`));
    return { id: device, product, attrs, cohort: line.cohort ?? "" };
  }
  throw new DataError(`device ${device} is not listed in ${path}`);
}

async function* readRows(dataDir: string, device: string): AsyncGenerator<RecordedRow> {
  const path = seriesPath(dataDir, device);
  if (!existsSync(path)) return;
  for await (const record of readCsv(path)) {
    const values: Record<string, SignalValue> = {};
    for (const [name, cell] of Object.entries(record)) {
      if (name !== "ts") values[name] = parseCell(cell);
    }
    yield { kind: "row", tsMs: parseTime(record.ts ?? ""), values };
  }
}

async function* readEvents(dataDir: string, device: string): AsyncGenerator<RecordedEvent> {
  const path = csvIn(dataDir, "events.csv");
  if (path === undefined) return;
  for await (const record of readCsv(path)) {
    if (record.device !== device) continue;
    yield {
      kind: "event",
      tsMs: parseTime(record.ts ?? ""),
      code: record.code ?? "",
      attrs: parseAttrs(record.attrs, `an event of ${device} in ${path}`),
    };
  }
}

/**
 * Rows and events of one device as the device would have sent them. Both keep their file's order,
 * never sorted, never deduplicated: an event goes before the first row at which the newest row time
 * so far has reached it, so that backward stamps in either file move nothing else.
 */
export async function* readRecording(dataDir: string, device: string): AsyncGenerator<Recorded> {
  const events = readEvents(dataDir, device);
  let waiting = await events.next();
  let newestMs = Number.NEGATIVE_INFINITY;
  for await (const row of readRows(dataDir, device)) {
    newestMs = Math.max(newestMs, row.tsMs ?? newestMs);
    while (!waiting.done && (waiting.value.tsMs ?? newestMs) <= newestMs) {
      yield waiting.value;
      waiting = await events.next();
    }
    yield row;
  }
  while (!waiting.done) {
    yield waiting.value;
    waiting = await events.next();
  }
}
