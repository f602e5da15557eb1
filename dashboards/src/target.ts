import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import type { Select } from "./influxql.ts";

/** Every panel asks the data source that is chosen above the dashboard. */
export const DATASOURCE = { type: "influxdb", uid: "${datasource}" } as const;

export interface InfluxTarget {
  readonly refId: string;
  readonly datasource: typeof DATASOURCE;
  readonly rawQuery: true;
  readonly query: string;
  readonly resultFormat: "time_series" | "table";
  readonly alias?: string;
}

/** One query of a panel, in the shape that Grafana's InfluxDB data source reads. */
export class Target implements Builder<Dataquery> {
  readonly #target: InfluxTarget;

  private constructor(target: InfluxTarget) {
    this.#target = target;
  }

  /** `alias` names the curves: `$tag_device`, `$col`. */
  static series(refId: string, select: Select, alias?: string): Target {
    const named = alias === undefined ? {} : { alias };
    return new Target({ ...common(refId, select), resultFormat: "time_series", ...named });
  }

  static table(refId: string, select: Select): Target {
    return new Target({ ...common(refId, select), resultFormat: "table" });
  }

  /** The SDK recognises queries by a method, which JSON leaves out. */
  build(): Dataquery & InfluxTarget {
    return { ...this.#target, _implementsDataqueryVariant: () => undefined };
  }
}

const common = (refId: string, { sql }: Select) => ({
  refId,
  datasource: DATASOURCE,
  rawQuery: true as const,
  query: sql,
});
