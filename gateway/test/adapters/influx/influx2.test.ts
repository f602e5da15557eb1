import { describe } from "vitest";
import { seriesStoreContract } from "../../contracts/series-store.ts";
import { Influx2Server } from "../../support/influx2-server.ts";
import { INFLUX_TRAITS, storeOf } from "./influx-fixture.ts";

describe("samples in InfluxDB 2", () => {
  const servers = new AsyncDisposableStack();
  seriesStoreContract(async () => storeOf(servers.use(await Influx2Server.start())), INFLUX_TRAITS);
});
