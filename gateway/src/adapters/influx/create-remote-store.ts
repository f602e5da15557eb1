import type { PointStore } from "#ports/point-store.ts";
import type { SeriesStore } from "#ports/series-store.ts";
import { InfluxStore } from "./influx-store.ts";
import type { Influx1Config } from "./influx1-link.ts";
import { Influx1Link } from "./influx1-link.ts";
import type { Influx2Config } from "./influx2-link.ts";
import { Influx2Link } from "./influx2-link.ts";

/** Plain data, so that it can be handed to another thread; holds secrets. */
export type StoreConfig = { readonly kind: "embedded" } | RemoteStoreConfig;
export type RemoteStoreConfig = Influx1Config | Influx2Config;

/** Connects with the first request, not before. */
export function createRemoteStore(config: RemoteStoreConfig): SeriesStore & PointStore {
  return new InfluxStore(
    config.kind === "influx1" ? new Influx1Link(config) : new Influx2Link(config),
  );
}
