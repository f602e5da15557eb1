import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import type { Label, Labels } from "#pipeline/backtest/report/examples.ts";
import { RecordingError } from "./csv.ts";
import type { DataSet } from "./data-set.ts";

/** The part of ISO 8601 durations that has a fixed length: `PT72H`, `P45D`. */
const ISO_DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/;

type Json = Readonly<Record<string, unknown>>;

/**
 * `labels.json` of a set (per device a list of `{from, to, kind, what}`) with `protocol.horizon` of
 * its meta.json, for reports only: no rule ever sees them. undefined = the set has no labels.
 */
export async function readLabels({ path }: DataSet): Promise<Labels | undefined> {
  const file = join(path, "labels.json");
  if (!existsSync(file)) return undefined;
  const labels = (await readJson(file)) as Readonly<Record<string, readonly Json[]>>;
  const list = Object.entries(labels).flatMap(([device, known]) =>
    known.map((label): Label => {
      const [from, to] = [Date.parse(String(label.from)), Date.parse(String(label.to))];
      if (!(from <= to)) throw new RecordingError(`${file}: a label of ${device} lacks from or to`);
      return { device, from, to, kind: String(label.kind ?? ""), what: String(label.what ?? "") };
    }),
  );
  return { list, leadMs: await horizonOf(path) };
}

async function horizonOf(path: string): Promise<number> {
  const meta = join(path, "meta.json");
  const { protocol } = existsSync(meta) ? await readJson(meta) : {};
  const { horizon } = (protocol ?? {}) as Json;
  const match = typeof horizon === "string" ? ISO_DURATION.exec(horizon) : null;
  if (match === null) return Number.POSITIVE_INFINITY;
  const [days, hours, minutes] = match.slice(1).map((digits) => Number(digits ?? 0));
  return (days ?? 0) * DAY_MS + (hours ?? 0) * HOUR_MS + (minutes ?? 0) * MINUTE_MS;
}

async function readJson(file: string): Promise<Json> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Json;
  } catch (error) {
    throw new RecordingError(`${file} is no JSON`, { cause: error });
  }
}
