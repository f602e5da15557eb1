import { describe, expect, it } from "vitest";
import type { SeriesRow } from "#ports/series-store.ts";
import type { Fault } from "../../support/fault-proxy.ts";
import { FaultProxy } from "../../support/fault-proxy.ts";
import { Influx2Server } from "../../support/influx2-server.ts";
import { storeOf } from "./influx-fixture.ts";

const AT = Date.UTC(2026, 10, 24, 12);
const rows: readonly SeriesRow[] = Array.from({ length: 1_000 }, (_, n) => ({
  product: "espresso-pro",
  device: `d-${n % 7}`,
  at: AT + n,
  values: { temp: n },
}));

describe("a store behind a bad network", () => {
  it.each<[string, Fault, "denied" | "unreachable"]>([
    ["refuses connections", { kind: "refuse" }, "unreachable"],
    ["never answers", { kind: "hang" }, "unreachable"],
    ["answers later than anybody waits", { kind: "slow", ms: 200 }, "unreachable"],
    ["loses its answers", { kind: "lose_answer" }, "unreachable"],
    ["takes half of each request", { kind: "half" }, "unreachable"],
    ["is busy", { kind: "answer", status: 429, headers: { "retry-after": "1" } }, "unreachable"],
    ["does not know the token any more", { kind: "wrong_token" }, "denied"],
  ])("that %s has every sample once when it works again", async (_title, fault, problem) => {
    await using server = await Influx2Server.start();
    await using proxy = await FaultProxy.start(server.url);
    await using store = storeOf(server, { url: proxy.url });
    expect(await store.write(rows.slice(0, 100))).toMatchObject({ written: 100 });
    await proxy.set(fault);
    // Nobody waits half a minute here; what works must not hang on how busy this machine is.
    const waits = fault.kind === "hang" || fault.kind === "slow";
    await using hasty = storeOf(server, { url: proxy.url, ...(waits ? { timeoutMs: 100 } : {}) });
    for (let round = 0; round < 3; round += 1) {
      await expect(hasty.write(rows)).rejects.toMatchObject({ problem });
    }
    await proxy.set({ kind: "none" });
    for (const one of waits ? [store] : [store, hasty]) {
      const all = { written: 1_000, overwritten: 0, rejected: [] };
      expect(await one.write(rows)).toEqual(all);
    }
    expect(server.points.size).toBe(1_000);
  });

  it("that is only slow takes everything at the first try", async () => {
    await using server = await Influx2Server.start();
    await using proxy = await FaultProxy.start(server.url);
    await using store = storeOf(server, { url: proxy.url });
    await proxy.set({ kind: "slow", ms: 50 });
    expect(await store.write(rows)).toMatchObject({ written: 1_000 });
    expect(server.writes).toHaveLength(1);
  });

  it("gets smaller requests after each failure, so that a thin line lets some through", async () => {
    await using server = await Influx2Server.start();
    await using proxy = await FaultProxy.start(server.url);
    await using store = storeOf(server, { url: proxy.url });
    await proxy.set({ kind: "lose_answer" });
    for (let round = 0; round < 5; round += 1) await store.write(rows).catch(() => undefined);
    const sizes = server.writes.map((write) => write.lines);
    expect(sizes).toEqual([1_000, 500, 250, 125, 62]);
    await proxy.set({ kind: "none" });
    await store.write(rows);
    expect(server.writes.at(5)?.lines).toBe(50);
    expect(server.points.size).toBe(1_000);
  });
});
