import { createReadStream, existsSync } from "node:fs";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { RecordedEvent } from "#pipeline/backtest/recorded.ts";
import { parseTime } from "./cells.ts";
import type { OnBytes } from "./csv.ts";
import { RecordingError, readCsv } from "./csv.ts";

/** Text held before it goes to the disk: sets of ordinary size never get there. */
const HELD_CHARS = 32 * 1024 * 1024;
const BATCH = 500;

/**
 * The events of a set by device. The file holds those of all devices by time, while devices are
 * played one after the other: it is read once and sorted out into one piece per device, on the disk
 * as soon as it is large.
 */
export class EventSpool implements AsyncDisposable {
  readonly #path: string;
  readonly #heldChars: number;
  readonly #pieces = new Map<string, { readonly index: number; lines: string[] }>();
  #chars = 0;
  #dir: string | undefined;

  constructor(path: string, devices: readonly string[], heldChars = HELD_CHARS) {
    this.#path = path;
    this.#heldChars = heldChars;
    for (const [index, device] of devices.entries()) this.#pieces.set(device, { index, lines: [] });
  }

  /** Reads the file; events of other devices are left out. */
  async fill(onBytes: OnBytes): Promise<void> {
    for await (const { header, rows } of readCsv(this.#path, { onBytes })) {
      const [device, ts, code, attrs] = ["device", "ts", "code", "attrs"].map((name) =>
        header.indexOf(name),
      ) as [number, number, number, number];
      for (const cells of rows) {
        const piece = this.#pieces.get(cells[device] ?? "");
        if (piece === undefined) continue;
        const line = JSON.stringify([cells[ts] ?? "", cells[code] ?? "", cells[attrs] ?? ""]);
        piece.lines.push(line);
        this.#chars += line.length;
      }
      if (this.#chars > this.#heldChars) await this.#unload();
    }
  }

  async *events(device: string): AsyncGenerator<readonly RecordedEvent[]> {
    const piece = this.#pieces.get(device);
    if (piece === undefined) return;
    const file = this.#fileOf(piece.index);
    if (file !== undefined && existsSync(file)) {
      let batch: RecordedEvent[] = [];
      for await (const line of createInterface({ input: createReadStream(file) })) {
        batch.push(this.#event(device, line));
        if (batch.length < BATCH) continue;
        yield batch;
        batch = [];
      }
      yield batch;
    }
    yield piece.lines.map((line) => this.#event(device, line));
    piece.lines = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#dir !== undefined) await rm(this.#dir, { recursive: true, force: true });
  }

  async #unload(): Promise<void> {
    this.#dir ??= await mkdtemp(join(tmpdir(), "voorzorg-events-"));
    for (const piece of this.#pieces.values()) {
      const file = this.#fileOf(piece.index);
      if (file === undefined || piece.lines.length === 0) continue;
      await appendFile(file, `${piece.lines.join("\n")}\n`);
      piece.lines = [];
    }
    this.#chars = 0;
  }

  #fileOf(index: number): string | undefined {
    return this.#dir === undefined ? undefined : join(this.#dir, `${index}.ndjson`);
  }

  #event(device: string, line: string): RecordedEvent {
    const [ts, code, attrs] = JSON.parse(line) as [string, string, string];
    const where = `an event of ${device} in ${this.#path}`;
    return { kind: "event", tsMs: parseTime(ts), code, attrs: parseAttrs(attrs, where) };
  }
}

/** @throws RecordingError that names the place. */
export function parseAttrs(text: string, where: string): Readonly<Record<string, unknown>> {
  if (text === "") return {};
  let attrs: unknown;
  try {
    attrs = JSON.parse(text);
  } catch (error) {
    throw new RecordingError(`attrs of ${where} is no JSON: ${text.slice(0, 100)}`, {
      cause: error,
    });
  }
  if (typeof attrs === "object" && attrs !== null && !Array.isArray(attrs)) {
    return attrs as Record<string, unknown>;
  }
  throw new RecordingError(`attrs of ${where} is ${text.slice(0, 100)}, not a JSON object`);
}
