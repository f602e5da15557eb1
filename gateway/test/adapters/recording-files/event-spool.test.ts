import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { EventSpool } from "../../../src/adapters/recording-files/event-spool.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const LINES = Array.from(
  { length: 3_000 },
  (_, n) => `m${n % 3},${n * 1_000 + 1e12},c${n},"{""n"":${n}}"`,
);

async function spooled(text: string, devices: readonly string[], heldChars?: number) {
  using folder = tempFolder();
  const path = join(folder.path, "events.csv.gz");
  writeFileSync(path, gzipSync(text));
  await using spool = new EventSpool(path, devices, heldChars);
  await spool.fill(() => {});
  const events: Record<string, string[]> = {};
  for (const device of devices) {
    events[device] = [];
    for await (const batch of spool.events(device)) {
      events[device].push(...batch.map(({ code, tsMs, attrs }) => `${code} ${tsMs} ${attrs.n}`));
    }
  }
  return events;
}

describe("the events of a set, read once and told apart by device", () => {
  test.each([
    ["in memory", undefined],
    ["on the disk", 1_000],
  ])("%s: each device gets its own in the order of the file", async (_where, heldChars) => {
    const text = `device,ts,code,attrs\n${LINES.join("\n")}\n`;
    const events = await spooled(text, ["m0", "m2"], heldChars);
    expect(Object.keys(events)).toEqual(["m0", "m2"]);
    expect(events.m0).toHaveLength(1_000);
    expect(events.m2?.slice(0, 2)).toEqual(["c2 1000000002000 2", "c5 1000000005000 5"]);
  });

  test("attributes that are no JSON object are refused with the device and the file", async () => {
    const text = "device,ts,code,attrs\nm0,1,c,[1]\n";
    await expect(spooled(text, ["m0"])).rejects.toThrow(/an event of m0 in .*events\.csv\.gz/);
  });
});
