import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ADMIN_TOKEN, GatewayProcess, journalOf } from "./support/gateway-process.ts";
import { LoadDevice } from "./support/load-device.ts";
import { tempFolder } from "./support/temp-folder.ts";

interface Health {
  readonly status: string;
  readonly reasons: readonly string[];
}

/** A file system of 20 MiB. */
function smallDisk(): Disposable & { readonly path: string } {
  const folder = tempFolder();
  const path = join(folder.path, "disk");
  mkdirSync(path);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=20m", "tmpfs", path]);
  if (mounted.status !== 0) {
    folder[Symbol.dispose]();
    throw new Error(`no small disk to fill: ${mounted.stderr}; run the integration tests as root`);
  }
  return {
    path,
    [Symbol.dispose]: () => {
      spawnSync("umount", ["--lazy", path]);
      folder[Symbol.dispose]();
    },
  };
}

/** Takes all room but so many bytes. */
function fill(disk: string, leave: number): string {
  const { bavail, bsize } = statfsSync(disk);
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
  return ballast;
}

const payload = (seq: number): string =>
  JSON.stringify({
    boot: 1,
    seq,
    ts: 1_795_356_199_123 + seq * 1_000,
    m: { boiler_temp: 90 + (seq % 5), display_text: "x".repeat(900) },
  });

describe("a full disk", () => {
  test("stops the acknowledgements and the decisions, is told, and both go on by themselves when there is room", async () => {
    using small = smallDisk();
    const dataDir = join(small.path, "data");
    await using gateway = await GatewayProcess.start(
      { VOORZORG_ADMIN_TOKEN: ADMIN_TOKEN },
      dataDir,
    );
    const { mqtt } = gateway.addresses;
    const ballast = fill(small.path, 2 * 1024 ** 2);

    const flood = await LoadDevice.connect(mqtt, "espresso-pro", "full-1");
    flood.run(payload);
    await flood.ended;
    expect(flood.acked.size).toBeGreaterThan(0);
    // What is small may still fit; a reading does not.
    const refused = await LoadDevice.connect(mqtt, "espresso-pro", "full-3");
    refused.run(payload, 20);
    await refused.ended;

    await gateway.eventually<Health>("/api/health", ({ reasons }) =>
      reasons.some((reason) => reason.includes("Nothing is decided until the disk has room")),
    );
    expect(await gateway.json<Health>("/api/health")).toMatchObject({ status: "degraded" });
    expect(gateway.running).toBe(true);
    const errors = gateway.logs.filter(({ level }) => level === "error");
    expect(errors.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining([
        "the journal takes no records: nothing is acknowledged until it does",
        "the disk takes nothing: nothing is decided until it does",
      ]),
    );
    expect(gateway.logs.length, "an outage is told, not repeated").toBeLessThan(20);

    rmSync(ballast);
    const after = await LoadDevice.connect(mqtt, "espresso-pro", "full-2");
    after.run(payload, 1);
    await after.reached(100);
    await after.stop();
    await gateway.eventually<Health>("/api/health", ({ status }) => status === "ok");
    expect(gateway.logs.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(["the journal takes records again", "deciding goes on"]),
    );
    await gateway.eventually<{ messages?: number }>(
      "/api/devices/full-2",
      (d) => (d.messages ?? 0) >= 100,
    );
    const { code } = await gateway.stop();
    expect(code, gateway.stderr).toBe(0);

    const records = await journalOf(dataDir);
    for (const [device, load] of [
      ["full-1", flood],
      ["full-2", after],
      ["full-3", refused],
    ] as const) {
      const kept = new Set(records.filter((r) => r.device === device).map((r) => r.seq));
      expect([...load.acked].filter((seq) => !kept.has(seq))).toEqual([]);
    }
  });
});
