import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { SignalValue } from "@voorzorg/firmware-contracts";
import type {
  RecordedDevice,
  RecordedEvent,
  RecordedRow,
  RecordedStream,
} from "#pipeline/backtest/recorded.ts";
import { mergeEvents } from "#pipeline/backtest/recorded.ts";
import { parseCell, parseTime } from "./cells.ts";
import type { CsvBatch, OnBytes } from "./csv.ts";
import { RecordingError, readCsv } from "./csv.ts";
import { EventSpool, parseAttrs } from "./event-spool.ts";

/** A folder with recordings: `devices.csv`, `series/<device>.csv.gz`, `events.csv.gz`, `meta.json`. */
export interface DataSet {
  /** `name` of its meta.json, or the folder's. */
  readonly name: string;
  readonly path: string;
  readonly devices: readonly RecordedDevice[];
}

/**
 * The sets under a folder, by name of folder: the folder itself if it holds a `devices.csv`, else
 * those of its folders that do.
 *
 * @throws RecordingError if there is none, or one of `only` is missing.
 */
export async function findDataSets(dir: string, only: readonly string[]): Promise<DataSet[]> {
  const found = await stat(dir).catch(() => undefined);
  if (!found?.isDirectory()) throw new RecordingError(`${dir} is no folder`);
  const own = csvIn(dir, "devices.csv") !== undefined;
  const names = own ? [""] : (await readdir(dir)).sort();
  const folders = names
    .map((name) => join(dir, name))
    .filter((folder) => csvIn(folder, "devices.csv") !== undefined);
  if (folders.length === 0) {
    throw new RecordingError(
      `${dir} holds no devices.csv (device,product,attrs,cohort), nor does a folder in it`,
    );
  }
  const sets: DataSet[] = [];
  for (const path of folders) {
    const name = await nameOf(path);
    if (only.length > 0 && !only.includes(name)) continue;
    sets.push({ name, path, devices: await readDevices(path) });
  }
  const missing = only.filter((name) => !sets.some((set) => set.name === name));
  if (missing.length > 0) throw new RecordingError(`${dir} holds no set ${missing.join(", ")}`);
  return sets;
}

async function nameOf(path: string): Promise<string> {
  const meta = join(path, "meta.json");
  if (!existsSync(meta)) return basename(resolve(path));
  try {
    const { name } = JSON.parse(await readFile(meta, "utf8")) as { readonly name?: unknown };
    return typeof name === "string" && name !== "" ? name : basename(resolve(path));
  } catch (error) {
    throw new RecordingError(`${meta} is no JSON object`, { cause: error });
  }
}

async function readDevices(path: string): Promise<readonly RecordedDevice[]> {
  const file = csvIn(path, "devices.csv") ?? path;
  const devices: RecordedDevice[] = [];
  for await (const { header, rows } of readCsv(file)) {
    for (const cells of rows) {
      const cell = (name: string): string => cells[header.indexOf(name)] ?? "";
      const id = cell("device");
      const product = cell("product");
      if (id === "") throw new RecordingError(`${file} has a line without a device`);
      if (product === "") throw new RecordingError(`${file} names no product for device ${id}`);
      const attrs = scalarsOf(parseAttrs(cell("attrs"), `device ${id} in ${file}`));
      devices.push({ id, product, attrs, cohort: cell("cohort") });
    }
  }
  return devices;
}

function scalarsOf(attrs: Readonly<Record<string, unknown>>): RecordedDevice["attrs"] {
  const scalars: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(attrs)) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      scalars[name] = value;
    }
  }
  return scalars;
}

/** More files than this at a time are read in small pieces. */
const MANY = 32;
const SMALL_CHUNK_BYTES = 2 * 1024;

/** The recordings of some devices of a set, to be read once each. */
export class Recordings implements AsyncDisposable {
  readonly #set: DataSet;
  readonly #spool: EventSpool | undefined;
  readonly #onBytes: OnBytes;

  private constructor(set: DataSet, spool: EventSpool | undefined, onBytes: OnBytes) {
    this.#set = set;
    this.#spool = spool;
    this.#onBytes = onBytes;
  }

  static async open(
    set: DataSet,
    devices: readonly RecordedDevice[],
    onBytes: OnBytes = () => {},
  ): Promise<Recordings> {
    const events = csvIn(set.path, "events.csv");
    if (events === undefined) return new Recordings(set, undefined, onBytes);
    const spool = new EventSpool(
      events,
      devices.map(({ id }) => id),
    );
    await spool.fill(onBytes);
    return new Recordings(set, spool, onBytes);
  }

  /** `together`: how many devices are read at the same time. */
  stream(device: string, together = 1): RecordedStream {
    return mergeEvents(this.#rows(device, together), this.#events(device));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spool?.[Symbol.asyncDispose]();
  }

  async *#rows(device: string, together: number): AsyncGenerator<readonly RecordedRow[]> {
    const path = seriesOf(this.#set, device);
    if (path === undefined) return;
    const onBytes = this.#onBytes;
    const options = together > MANY ? { onBytes, chunkBytes: SMALL_CHUNK_BYTES } : { onBytes };
    for await (const batch of readCsv(path, options)) yield rowsOf(batch);
  }

  async *#events(device: string): AsyncGenerator<readonly RecordedEvent[]> {
    if (this.#spool !== undefined) yield* this.#spool.events(device);
  }
}

/** Bytes that reading these devices takes, for the progress shown. */
export async function sizeOf(set: DataSet, devices: readonly RecordedDevice[]): Promise<number> {
  const files = [csvIn(set.path, "events.csv"), ...devices.map(({ id }) => seriesOf(set, id))];
  let bytes = 0;
  for (const file of files) if (file !== undefined) bytes += (await stat(file)).size;
  return bytes;
}

const seriesOf = (set: DataSet, device: string): string | undefined =>
  csvIn(join(set.path, "series"), `${device}.csv`);

function rowsOf({ header, rows }: CsvBatch): RecordedRow[] {
  const ts = header.indexOf("ts");
  return rows.map((cells) => {
    const values: Record<string, SignalValue> = {};
    for (let i = 0; i < header.length; i++) {
      if (i !== ts) values[header[i] ?? ""] = parseCell(cells[i] ?? "");
    }
    return { kind: "row", tsMs: parseTime(cells[ts] ?? ""), values };
  });
}

/** The CSV file itself or its compressed form, whichever is there. */
const csvIn = (dir: string, name: string): string | undefined =>
  [join(dir, `${name}.gz`), join(dir, name)].find((path) => existsSync(path));
