import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { DeviceScript, START } from "./support/records.ts";
import { RunningApp, TestDevice } from "./support/running-app.ts";
import { ShiftedClock } from "./support/shifted-clock.ts";

type List = {
  readonly items: readonly {
    readonly rule: string;
    readonly device: string;
    readonly status: string;
  }[];
};

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "voorzorg-downtime-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const live = { clock: "live" } as const;

test("three hours of the gateway's own downtime open no silence case; a truly silent device is found", async () => {
  const clock = ShiftedClock.at(START);
  const scripts = [new DeviceScript("b1"), new DeviceScript("b2")] as const;
  {
    await using app = await RunningApp.start({ dataDir, clock, config: live });
    for (const script of scripts) {
      await using device = await TestDevice.connect(app, script.device);
      await device.send(script.tele(clock.now(), { temp: 20 }));
    }
  }
  clock.advance(3 * HOUR_MS);
  await using app = await RunningApp.start({ dataDir, clock, config: live });
  await using device = await TestDevice.connect(app, "b1");
  await device.send(scripts[0].tele(clock.now(), { temp: 20 }));
  clock.advance(9 * MINUTE_MS);
  await device.send(scripts[0].tele(clock.now(), { temp: 20 }));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await app.get<List>("/api/cases")).items).toEqual([]);
  // Past the grace of ten minutes, without any traffic: the gateway's own tick finds it.
  clock.advance(MINUTE_MS + 5 * SECOND_MS);
  const { items } = await app.eventually<List>("/api/cases", (list) => list.items.length > 0);
  expect(items.map((c) => [c.rule, c.device])).toEqual([["silent", "b2"]]);
});

test("a machine's clock that is set an hour ahead takes nobody for silent, and a silent device is found all the same", async () => {
  const clock = ShiftedClock.at(START);
  await using app = await RunningApp.start({ dataDir, clock, config: live });
  const scripts = [new DeviceScript("b1"), new DeviceScript("b2")] as const;
  await using b1 = await TestDevice.connect(app, "b1");
  await using b2 = await TestDevice.connect(app, "b2");
  await b1.send(scripts[0].tele(clock.now(), { temp: 20 }));
  await b2.send(scripts[1].tele(clock.now(), { temp: 20 }));
  clock.set(HOUR_MS);
  await b1.send(scripts[0].tele(clock.now(), { temp: 20 }));
  clock.advance(9 * MINUTE_MS);
  await b1.send(scripts[0].tele(clock.now(), { temp: 20 }));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await app.get<List>("/api/cases")).items).toEqual([]);
  clock.advance(MINUTE_MS + 5 * SECOND_MS);
  const { items } = await app.eventually<List>("/api/cases", (list) => list.items.length > 0);
  expect(items.map((c) => [c.rule, c.device])).toEqual([["silent", "b2"]]);
});

test("a registered device that never came is found by the clock alone", async () => {
  const clock = ShiftedClock.at(START);
  await using app = await RunningApp.start({ dataDir, clock, config: live });
  expect((await app.post("/api/devices", { id: "b7", product: "boiler" })).status).toBe(201);
  clock.advance(31 * MINUTE_MS);
  const { items } = await app.eventually<List>("/api/cases", (list) => list.items.length > 0);
  expect(items).toMatchObject([{ rule: "silent", device: "b7", status: "open" }]);
});
