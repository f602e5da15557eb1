import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { replayCommand } from "../../src/cli/replay-command.ts";
import { parseCell } from "../../src/replay/cells.ts";
import { replay } from "../../src/replay/replay.ts";
import { TestBroker } from "../support/broker.ts";
import { tempFolder } from "../support/temp-folder.ts";

const T0 = Date.UTC(2021, 5, 1);
const iso = (s: number): string => new Date(T0 + s * 1000).toISOString();

async function recording(path: string, rows: readonly string[], events: readonly string[]) {
  await mkdir(join(path, "series"), { recursive: true });
  await writeFile(
    join(path, "devices.csv"),
    'device,product,attrs,cohort\nm1,machine,"{""age"":3}",old\nm2,machine,"{}",\n',
  );
  const series = `ts,temp,state,on\n${rows.join("\n")}\n`;
  await writeFile(join(path, "series", "m1.csv.gz"), gzipSync(series));
  const table = `device,ts,code,attrs\n${events.join("\n")}\n`;
  await writeFile(join(path, "events.csv.gz"), gzipSync(table));
}

/** What arrived, as "row 3" or "event E", in the broker's order. */
function arrived(broker: TestBroker): readonly string[] {
  return broker.published.flatMap(({ topic, payload }) => {
    const body = JSON.parse(payload.toString("utf8"));
    if (topic.endsWith("/tele")) return [`row ${body.m.temp}`];
    return topic.endsWith("/event") ? [`event ${body.code}`] : [];
  });
}

describe("playing a recording", () => {
  it("sends each row and event once, in the order of the files, with repeated and backward times", async () => {
    await using folder = await tempFolder();
    await using broker = await TestBroker.start();
    const rows = [
      `${iso(0)},1,idle,true`,
      `${iso(10)},2,idle,true`,
      `${iso(5)},3,idle,true`,
      `${iso(10)},4,,false`,
      `${iso(30)},5,idle,true`,
    ];
    const events = [
      `m1,${iso(7)},A,"{""n"":1}"`,
      `m2,${iso(8)},OTHER,"{}"`,
      `m1,${iso(20)},B,`,
      `m1,${iso(2)},LATE,`,
      `m1,${iso(99)},END,`,
    ];
    await recording(folder.path, rows, events);
    const result = await replay({
      dataDir: folder.path,
      device: "m1",
      mqttUrl: broker.url,
      speed: Number.POSITIVE_INFINITY,
      window: 3,
    });
    expect(arrived(broker)).toEqual([
      "row 1",
      "event A",
      "row 2",
      "row 3",
      "row 4",
      "event B",
      "event LATE",
      "row 5",
      "event END",
    ]);
    expect(result.acknowledged).toEqual({ status: 2, birth: 1, tele: 5, event: 4 });
    const topics = broker.published.map(({ topic }) => topic.split("/")[3]);
    expect([topics[0], topics[1], topics.at(-1)]).toEqual(["status", "birth", "status"]);
    expect(broker.payloads("status").map(({ s, reason }) => [s, reason])).toEqual([
      ["online", undefined],
      ["offline", "planned"],
    ]);
    expect(broker.payloads("tele")[3]).toMatchObject({ m: { temp: 4, state: null, on: false } });
    expect(broker.payloads("birth")[0]).toMatchObject({ attrs: { age: 3, cohort: "old" } });
  });

  it("keeps the order of thousands of rows with many on the way", async () => {
    await using folder = await tempFolder();
    await using broker = await TestBroker.start();
    const rows = Array.from({ length: 3_000 }, (_, i) => `${iso(i)},${i},idle,true`);
    await recording(folder.path, rows, []);
    await replay({
      dataDir: folder.path,
      device: "m1",
      mqttUrl: broker.url,
      speed: Number.POSITIVE_INFINITY,
    });
    expect(arrived(broker)).toEqual(rows.map((_, i) => `row ${i}`));
    expect(broker.payloads("tele").map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 2));
  });

  it("plays the events alone when the device has no series", async () => {
    await using folder = await tempFolder();
    await using broker = await TestBroker.start();
    await recording(folder.path, [], [`m2,${iso(1)},A,`, `m2,${iso(2)},B,`]);
    await replay({ dataDir: folder.path, device: "m2", mqttUrl: broker.url, speed: 1e9 });
    expect(arrived(broker)).toEqual(["event A", "event B"]);
  });

  it("sends a row whose time cannot be read without one, and says so", async () => {
    await using folder = await tempFolder();
    await using broker = await TestBroker.start();
    await recording(folder.path, [`${iso(0)},1,,`, "yesterday,2,,"], []);
    const result = await replay({
      dataDir: folder.path,
      device: "m1",
      mqttUrl: broker.url,
      speed: 1e9,
    });
    expect(result.withoutTime).toBe(1);
    expect(broker.payloads("tele")[1]).not.toHaveProperty("ts");
  });

  it("names what is wrong: an unknown device, a folder without devices, a broker that is not there", async () => {
    await using folder = await tempFolder();
    await recording(folder.path, [`${iso(0)},1,,`], []);
    const play = (device: string, dataDir = folder.path) =>
      replay({ dataDir, device, mqttUrl: "mqtt://127.0.0.1:1", speed: 1 });
    await expect(play("m9")).rejects.toThrow(/device m9 is not listed in .*devices\.csv/);
    await expect(play("m1", "/nowhere")).rejects.toThrow(/\/nowhere holds no devices\.csv/);
    await expect(play("m1")).rejects.toThrow(/m1 was not accepted by the broker at mqtt/);
  });

  it("refuses a speed that is no number, naming what would be right", async () => {
    const argv = ["--data", "d", "--device", "m1", "--speed", "fast"];
    const terminal = {
      out: () => {},
      err: () => {},
      progress: undefined,
      signal: new AbortController().signal,
      machine: { node: "node", env: {} },
    };
    await expect(replayCommand.run(argv, terminal)).rejects.toThrow(
      /--speed is "fast"; it must be/,
    );
  });
});

describe("cells of a recording", () => {
  it.each([
    ["", null],
    ["1.5", 1.5],
    ["-2e3", -2000],
    ["007", 7],
    ["true", true],
    ["false", false],
    ["idle", "idle"],
    ["NaN", "NaN"],
    ["Infinity", "Infinity"],
    ["1e999", "1e999"],
    ["0x10", "0x10"],
    [" 1", " 1"],
  ])("%j is %j", (cell, value) => {
    expect(parseCell(cell)).toBe(value);
  });
});
