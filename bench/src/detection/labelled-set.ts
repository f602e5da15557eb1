import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { BenchError } from "../bench.ts";
import type { Span } from "./alarms.ts";

/** What is known to have happened to a device. */
export interface Label extends Span {
  readonly what: string;
  /** nab: the labelled moment itself; the label is a window around it. */
  readonly at: number | undefined;
  /** underuse: share of the sales that was kept. */
  readonly keptShare: number | undefined;
  /** cmapss: 0 = the series ends with the engine's life. */
  readonly cyclesLeft: number | undefined;
}

/** A named result of others, or of a simple method, as the set's meta.json tells it. */
export interface KnownResult {
  readonly method: string;
  readonly basis: string;
  readonly scores: Readonly<Record<string, unknown>>;
}

export interface SetMeta {
  readonly scorer: string;
  readonly published: readonly KnownResult[];
  /** Simple methods and rules that never look at the data ("no look: ..."). */
  readonly baselines: readonly KnownResult[];
}

export interface LabelledSet {
  readonly name: string;
  readonly path: string;
  readonly meta: SetMeta;
  /** undefined = nothing to judge by. */
  readonly labels: ReadonlyMap<string, readonly Label[]> | undefined;
  /** Row times of a device in file order; empty without a series. */
  readonly stamps: (device: string) => readonly number[];
  /** Part of the recording by `protocol.devices`. @throws BenchError if it is not there. */
  readonly span: (device: string, part: "scored" | "observed") => Span;
  readonly groupOf: (device: string) => string;
}

/** The sets of a folder (or the folder itself), by name of folder. */
export async function readSets(dir: string, only: readonly string[]): Promise<LabelledSet[]> {
  const isSet = (path: string) =>
    existsSync(join(path, "devices.csv")) || existsSync(join(path, "devices.csv.gz"));
  const paths = isSet(dir) ? [dir] : (await readdir(dir)).sort().map((name) => join(dir, name));
  const sets = await Promise.all(paths.filter(isSet).map(readSet));
  return sets.filter((set) => only.length === 0 || only.includes(set.name));
}

type Json = Readonly<Record<string, unknown>>;

async function readSet(path: string): Promise<LabelledSet> {
  const raw = await readJson(join(path, "meta.json"));
  const protocol = (raw?.protocol ?? {}) as Json;
  const devices = (protocol.devices ?? {}) as Readonly<Record<string, Json>>;
  const name =
    typeof raw?.name === "string" ? raw.name : (path.split(/[\\/]/).findLast(Boolean) ?? path);
  const labels = await readJson(join(path, "labels.json"));
  const cache = new Map<string, readonly number[]>();
  return {
    name,
    path,
    meta: {
      scorer: typeof protocol.scorer === "string" ? protocol.scorer : name,
      published: resultsOf(raw?.published),
      baselines: resultsOf(raw?.baselines),
    },
    labels: labels === undefined ? undefined : labelsOf(labels),
    stamps: (device) => {
      const known = cache.get(device) ?? readStamps(path, device);
      cache.set(device, known);
      return known;
    },
    span: (device, part) => {
      const span = devices[device]?.[part] as { from?: string; to?: string } | undefined;
      const [from, to] = [Date.parse(span?.from ?? ""), Date.parse(span?.to ?? "")];
      if (!(from <= to)) {
        throw new BenchError(`${path}/meta.json has no protocol.devices.${device}.${part} from/to`);
      }
      return { from, to };
    },
    groupOf: (device) => String(devices[device]?.group ?? ""),
  };
}

async function readJson(path: string): Promise<Json | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(await readFile(path, "utf8")) as Json;
  } catch (error) {
    throw new BenchError(`${path} is no JSON`, { cause: error });
  }
}

function labelsOf(raw: Json): ReadonlyMap<string, readonly Label[]> {
  const numberOf = (value: unknown) => (typeof value === "number" ? value : undefined);
  const timeOf = (value: unknown) => (typeof value === "string" ? Date.parse(value) : undefined);
  return new Map(
    Object.entries(raw).map(([device, list]) => [
      device,
      (list as readonly Json[]).map((label) => ({
        from: timeOf(label.from) ?? Number.NaN,
        to: timeOf(label.to) ?? Number.NaN,
        what: String(label.what ?? ""),
        at: timeOf(label.at),
        keptShare: numberOf(label.keptShare),
        cyclesLeft: numberOf(label.cyclesLeftAtSeriesEnd),
      })),
    ]),
  );
}

function resultsOf(raw: unknown): readonly KnownResult[] {
  if (!Array.isArray(raw)) return [];
  return (raw as readonly Json[]).map(({ method, basis, scores }) => ({
    method: String(method ?? ""),
    basis: String(basis ?? ""),
    scores: (scores ?? {}) as Json,
  }));
}

function readStamps(path: string, device: string): readonly number[] {
  const file = join(path, "series", `${device}.csv.gz`);
  if (!existsSync(file)) return [];
  const [, ...lines] = gunzipSync(readFileSync(file)).toString("utf8").split("\n");
  return lines
    .filter((line) => line !== "")
    .map((line) => Date.parse(line.slice(0, line.indexOf(","))));
}
