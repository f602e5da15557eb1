import type { FieldValue, Point } from "./line-protocol-parser.ts";

export type Scalar = number | string | boolean;

/** What a double of InfluxDB has stored: one value per series, field and time; the last one wins. */
export class InfluxPoints {
  /** measurement → field → type */
  readonly #types = new Map<string, Map<string, FieldValue["type"]>>();
  /** measurement → tags as text → device and times */
  readonly #series = new Map<string, Map<string, Series>>();

  /** The sentence of InfluxDB if a field has another type; then nothing of the point is stored. */
  conflict(point: Point): string | undefined {
    const types = this.#types.get(point.measurement);
    for (const [field, { type }] of point.fields) {
      const known = types?.get(field);
      if (known !== undefined && known !== type) {
        return `field type conflict: input field "${field}" on measurement "${point.measurement}" is type ${type}, already exists as type ${known}`;
      }
    }
    return undefined;
  }

  add(point: Point, ms: number): void {
    const types = entry(this.#types, point.measurement, () => new Map());
    for (const [field, { type }] of point.fields) types.set(field, type);
    const key = JSON.stringify([...point.tags]);
    const all = entry(this.#series, point.measurement, () => new Map<string, Series>());
    const series = entry(all, key, () => ({ tags: point.tags, times: new Map() }));
    const fields = entry(series.times, ms, () => new Map());
    for (const [field, { value }] of point.fields) {
      fields.set(field, typeof value === "bigint" ? Number(value) : value);
    }
  }

  /** Measurements whose name matches, with the rows of the series that have the tag, oldest first. */
  select(
    measurements: RegExp,
    tag: { readonly key: string; readonly value: string },
  ): readonly { readonly name: string; readonly rows: readonly Row[] }[] {
    return [...this.#series]
      .filter(([name]) => measurements.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, all]) => ({
        name,
        rows: [...all.values()]
          .filter((series) => series.tags.get(tag.key) === tag.value)
          .flatMap((series) => [...series.times].map(([at, fields]) => ({ at, fields })))
          .sort((a, b) => a.at - b.at),
      }));
  }

  /** Points that were stored, each counted once however often it was sent. */
  get size(): number {
    const all = [...this.#series.values()].flatMap((series) => [...series.values()]);
    return all.reduce((sum, series) => sum + series.times.size, 0);
  }
}

export interface Row {
  readonly at: number;
  readonly fields: ReadonlyMap<string, Scalar>;
}

interface Series {
  readonly tags: ReadonlyMap<string, string>;
  readonly times: Map<number, Map<string, Scalar>>;
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const found = map.get(key) ?? create();
  map.set(key, found);
  return found;
}
