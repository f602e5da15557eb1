import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { GatewayError } from "#domain/errors.ts";

/** A folder of recordings is not as it must be. */
export class RecordingError extends GatewayError {
  readonly code = "VZ_RECORDING_UNREADABLE";
}

/** What is read at once. Many files are open together when peers are played: each then takes less. */
const CHUNK_BYTES = 16 * 1024;

export interface CsvOptions {
  readonly onBytes?: OnBytes;
  readonly chunkBytes?: number;
}

/** Told of every piece of the file (as it lies on the disk) that was read. */
export type OnBytes = (bytes: number) => void;

export interface CsvBatch {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * Streams a CSV file (RFC 4180), gzip-compressed if its name says so, in batches of rows. The first
 * line names the columns; empty lines are skipped.
 *
 * @throws RecordingError if the file cannot be read or a row has another number of cells than the header.
 */
export async function* readCsv(
  path: string,
  { onBytes = () => {}, chunkBytes = CHUNK_BYTES }: CsvOptions = {},
): AsyncGenerator<CsvBatch> {
  const rows = new RowReader(path);
  try {
    for await (const text of textOf(path, { onBytes, chunkBytes })) {
      const batch = rows.take(text);
      if (batch.rows.length > 0) yield batch;
    }
    const rest = rows.end();
    if (rest.rows.length > 0) yield rest;
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RecordingError(`${path} cannot be read: ${reason}`, { cause: error });
  }
}

async function* textOf(
  path: string,
  { onBytes, chunkBytes }: Required<CsvOptions>,
): AsyncGenerator<string> {
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  file.on("data", (chunk) => onBytes(chunk.length));
  if (!path.endsWith(".gz")) {
    file.setEncoding("utf8");
    yield* file as AsyncIterable<string>;
    return;
  }
  // The stream takes its mark too, which the types of zlib do not name.
  const sizes = { chunkSize: chunkBytes, highWaterMark: chunkBytes };
  const plain = createGunzip(sizes);
  plain.setEncoding("utf8");
  // A failure of the file ends the other stream, where it is thrown.
  pipeline(file, plain, () => {});
  yield* plain as AsyncIterable<string>;
}

/** Splits text that arrives in pieces; a piece may end anywhere, inside quotes too. */
class RowReader {
  readonly #path: string;
  #header: readonly string[] = [];
  #rest = "";
  /** A record whose quotes are still open at the end of its line. */
  #open = "";
  #line = 0;

  constructor(path: string) {
    this.#path = path;
  }

  take(text: string): CsvBatch {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    return this.#batch(lines);
  }

  end(): CsvBatch {
    const last = this.#batch([this.#rest]);
    if (this.#open !== "") throw this.#wrong("a quote is opened and never closed");
    return last;
  }

  #batch(lines: readonly string[]): CsvBatch {
    const rows: (readonly string[])[] = [];
    for (const line of lines) {
      this.#line += 1;
      const row = this.#row(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (row === undefined) continue;
      if (this.#header.length === 0) this.#header = withoutMark(row);
      else if (row.length === this.#header.length) rows.push(row);
      else throw this.#wrong(`${row.length} cells; the header names ${this.#header.length}`);
    }
    return { header: this.#header, rows };
  }

  #row(line: string): readonly string[] | undefined {
    if (this.#open === "") {
      if (line === "") return undefined;
      if (!line.includes('"')) return line.split(",");
    }
    const record = this.#open === "" ? line : `${this.#open}\n${line}`;
    const cells = quotedCells(record);
    this.#open = cells === undefined ? record : "";
    return cells;
  }

  #wrong(what: string): RecordingError {
    return new RecordingError(`${this.#path}, line ${this.#line}: ${what}`);
  }
}

const withoutMark = ([first = "", ...others]: readonly string[]): readonly string[] => [
  first.replace(/^\uFEFF/, ""),
  ...others,
];

/** Cells of a record with quotes; undefined = the last quote is still open. */
function quotedCells(record: string): readonly string[] | undefined {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (record[at] !== '"') {
      const end = record.indexOf(",", at);
      cells.push(end < 0 ? record.slice(at) : record.slice(at, end));
      if (end < 0) return cells;
      at = end + 1;
      continue;
    }
    let cell = "";
    for (at += 1; ; at += 1) {
      const end = record.indexOf('"', at);
      if (end < 0) return undefined;
      cell += record.slice(at, end);
      at = end + 1;
      if (record[at] !== '"') break;
      cell += '"';
    }
    cells.push(cell);
    if (at >= record.length) return cells;
    at += 1;
  }
}
