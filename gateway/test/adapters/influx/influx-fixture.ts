import type { PointStore } from "#ports/point-store.ts";
import type { SeriesStore } from "#ports/series-store.ts";
import { createRemoteStore } from "../../../src/adapters/influx/create-remote-store.ts";
import type { StoreTraits } from "../../contracts/series-store.ts";
import type { Influx2Server } from "../../support/influx2-server.ts";

/** InfluxDB does not tell what was there, has no null, and its retention is the database's. */
export const INFLUX_TRAITS: StoreTraits = {
  countsOverwrites: false,
  keepsNull: false,
  dropsMonths: false,
};

export const storeOf = (
  server: Influx2Server,
  more: { readonly timeoutMs?: number; readonly url?: string } = {},
): SeriesStore & PointStore =>
  createRemoteStore({
    kind: "influx2",
    url: server.url,
    org: server.org,
    bucket: server.bucket,
    token: server.token,
    ...more,
  });
