import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, inject } from "vitest";
import { createRemoteStore } from "../../../src/adapters/influx/create-remote-store.ts";
import { seriesStoreContract } from "../../contracts/series-store.ts";
import { INFLUX_TRAITS } from "./influx-fixture.ts";
import { influxRefusals } from "./refusals.ts";

/** Reaches back to the beginning of the tests' year and no further. */
const SHORT_SECONDS = Math.ceil((Date.now() - Date.UTC(2026, 0)) / 3_600_000) * 3_600;

/** Buckets of its own in somebody's InfluxDB 2, each deleted afterwards. */
class Buckets {
  readonly #created: string[] = [];
  #orgId = "";

  async begin(): Promise<void> {
    const { url, org } = inject("influx2");
    const found = (await this.#call("GET", `/api/v2/orgs?org=${encodeURIComponent(org)}`)) as {
      readonly orgs?: readonly { readonly id: string; readonly name: string }[];
    };
    const id = found.orgs?.find((one) => one.name === org || one.id === org)?.id;
    if (id === undefined) throw new Error(`${url} has no organisation ${JSON.stringify(org)}`);
    this.#orgId = id;
  }

  async store(everySeconds = 0) {
    const { bucket: prefix, url, org, token } = inject("influx2");
    const bucket = `${prefix}-${randomUUID()}`;
    const retentionRules = everySeconds === 0 ? [] : [{ type: "expire", everySeconds }];
    const body = { orgID: this.#orgId, name: bucket, retentionRules };
    const { id } = (await this.#call("POST", "/api/v2/buckets", body)) as { readonly id: string };
    this.#created.push(id);
    return createRemoteStore({ kind: "influx2", url, org, bucket, token });
  }

  async end(): Promise<void> {
    for (const id of this.#created) await this.#call("DELETE", `/api/v2/buckets/${id}`);
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const { url, token } = inject("influx2");
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Token ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answers ${response.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
}

const buckets = new Buckets();
beforeAll(() => buckets.begin());
afterAll(() => buckets.end());

describe("samples in the InfluxDB 2 that was named", () => {
  seriesStoreContract(() => buckets.store(), INFLUX_TRAITS);
  influxRefusals({ open: () => buckets.store(), openShort: () => buckets.store(SHORT_SECONDS) });
});
