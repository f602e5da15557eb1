import { afterAll, describe, expect, it } from "vitest";
import type { ServicePoint } from "#ports/point-store.ts";
import type { LineRow } from "../../../src/adapters/influx/line-protocol.ts";
import { encodeRow } from "../../../src/adapters/influx/line-protocol.ts";
import { Influx2Server } from "../../support/influx2-server.ts";
import { storeOf } from "./influx-fixture.ts";

const AT = Date.UTC(2026, 10, 24, 12);
const point = (n: number, over: Partial<ServicePoint> = {}): ServicePoint => ({
  measurement: "vz.case",
  tags: { rule: "hot", device: "d-1", cohort: "" },
  fields: { n, title: 'It is "hot"' },
  at: AT + n,
  ...over,
});
const line = (over: Partial<LineRow>): string =>
  encodeRow({ product: "vz.case", device: "", at: 1, values: { n: 1 }, tags: {}, ...over }).line;

const servers = new AsyncDisposableStack();
afterAll(() => servers.disposeAsync());

describe("a point as a line", () => {
  it("has its tags by name, without those that are empty", () => {
    expect(line({ tags: { rule: "r", device: "d", cohort: "" } })).toBe(
      "vz.case,device=d,rule=r n=1 1",
    );
    expect(line({})).toBe("vz.case n=1 1");
    expect(line({ tags: { cohort: "a b,c=d" } })).toBe("vz.case,cohort=a\\ b\\,c\\=d n=1 1");
  });

  it("with a line end in a tag is refused with the tag's name", () => {
    const { refused } = encodeRow({
      product: "vz.case",
      device: "",
      at: 1,
      values: { n: 1 },
      tags: { cohort: "a\nb" },
    });
    expect([...(refused ?? [])]).toEqual([["n", 'InfluxDB cannot take tag cohort "a\\nb"']]);
  });
});

describe("points in InfluxDB 2", () => {
  const open = async (...options: Parameters<typeof Influx2Server.start>) => {
    const server = servers.use(await Influx2Server.start(...options));
    return { server, store: servers.use(storeOf(server)) };
  };

  it("are there once, however often they are sent", async () => {
    const { server, store } = await open();
    const points = [0, 1, 2].map((n) => point(n));
    expect(await store.writePoints(points)).toEqual({ written: 6, rejected: [] });
    await store.writePoints(points);
    const [found] = server.points.select(/^vz\.case$/, { key: "rule", value: "hot" });
    expect(found?.rows).toHaveLength(3);
    expect(found?.rows[1]?.fields).toEqual(
      new Map<string, unknown>([
        ["n", 1],
        ["title_s", 'It is "hot"'],
      ]),
    );
  });

  it("of which one has a field of another type keep all else, and it is named with its tags", async () => {
    const { server, store } = await open();
    await store.writePoints([point(0, { fields: { id: "c-1" } })]);
    const bad = point(7, { fields: { n: 7, id_s: 5 } });
    const summary = await store.writePoints([point(1), bad, point(2)]);
    expect(summary.rejected).toHaveLength(1);
    expect(summary.rejected[0]?.point).toEqual({ ...bad, fields: { id_s: 5 } });
    expect(server.points.size).toBe(4);
  });

  it("older than its retention are refused, the others stored", async () => {
    const { store } = await open({ retainedFrom: AT });
    const old = point(-DAY);
    const summary = await store.writePoints([old, point(1)]);
    expect(summary.rejected.map((one) => one.point)).toEqual([old]);
    expect(summary.written).toBe(2);
  });
});

const DAY = 86_400_000;
