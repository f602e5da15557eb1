import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { SqliteSeries } from "../src/adapters/series-sqlite/sqlite-series.ts";
import { ADMIN_TOKEN, GatewayProcess, journalOf } from "./support/gateway-process.ts";
import { LoadDevice } from "./support/load-device.ts";
import { fill, mounted, smallDisk } from "./support/small-disk.ts";

interface Health {
  readonly status: string;
  readonly reasons: readonly string[];
}

interface Journal {
  readonly journal: { readonly newest: number; readonly decided: number; readonly stored: number };
}

const START = 1_795_356_199_123;
const ADMIN = fileURLToPath(new URL("../src/admin.ts", import.meta.url));

/** `npm run admin`, as a process of its own. */
function admin(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [ADMIN, ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

const payload = (seq: number): string =>
  JSON.stringify({
    boot: 1,
    seq,
    ts: START + seq * 1_000,
    m: { boiler_temp: 90 + (seq % 5), display_text: "x".repeat(900) },
  });

describe("a full disk", () => {
  test("stops the acknowledgements and the decisions, is told, and both go on by themselves when there is room", async () => {
    using small = smallDisk(20);
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
    expect((await gateway.fetch("/api/ready")).status).toBe(503);
    const metrics = await gateway.metrics();
    expect(metrics.get("journal_commit_failures_total")).toBeGreaterThan(0);
    expect(metrics.get("message_appends_failed_total")).toBeGreaterThan(0);
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

  test("below the samples only: messages are taken and decided, health says where samples wait, and none is missing afterwards", async () => {
    using small = smallDisk(2, "data/series");
    const dataDir = join(small.beside, "data");
    await using gateway = await GatewayProcess.start(
      { VOORZORG_ADMIN_TOKEN: ADMIN_TOKEN },
      dataDir,
    );
    const ballast = fill(small.path, 0);
    const load = await LoadDevice.connect(gateway.addresses.mqtt, "espresso-pro", "full-4");
    load.run(payload);
    await load.reached(3_000);
    await load.stop();
    await gateway.eventually<Health>("/api/health", ({ reasons }) =>
      reasons.some((reason) => reason.startsWith("Samples wait in the journal")),
    );
    expect((await gateway.fetch("/api/ready")).status, "it still takes messages").toBe(200);
    const metrics = await gateway.metrics();
    expect(metrics.get("store_lag_records")).toBeGreaterThan(0);
    expect(gateway.logs.filter(({ msg }) => msg === "the store takes no samples")).toHaveLength(1);
    await gateway.eventually<{ messages?: number }>(
      "/api/devices/full-4",
      ({ messages = 0 }) => messages >= 3_000,
    );

    rmSync(ballast);
    await gateway.eventually<Health>("/api/health", ({ status }) => status === "ok");
    await gateway.eventually<Journal>("/api/health", ({ journal }) => {
      return journal.stored >= journal.newest;
    });
    expect((await gateway.stop()).code, gateway.stderr).toBe(0);
    await using series = new SqliteSeries(join(dataDir, "series"));
    const everything = { from: 0, to: Number.MAX_SAFE_INTEGER, points: Number.MAX_SAFE_INTEGER };
    const points = await series.read({ device: "full-4", signal: "boiler_temp", ...everything });
    const stored = new Set(points.map(({ at }) => (at - START) / 1_000));
    expect([...load.acked].filter((seq) => !stored.has(seq))).toEqual([]);
    const { code, out, err } = await admin(["verify", "--data", dataDir, "--replay"]);
    expect(code, out + err).toBe(0);
  });

  test("below state and cases only: messages are acknowledged, nothing is decided until there is room, and then all of it", async () => {
    using small = smallDisk(6, "data");
    const dataDir = join(small.beside, "data");
    using _journal = mounted(join(dataDir, "journal"), 64);
    using _series = mounted(join(dataDir, "series"), 64);
    await using gateway = await GatewayProcess.start(
      { VOORZORG_ADMIN_TOKEN: ADMIN_TOKEN },
      dataDir,
    );
    const ballast = fill(small.path, 0);
    const load = await LoadDevice.connect(gateway.addresses.mqtt, "espresso-pro", "full-5");
    // What nobody understands goes into the quarantine list, which is one of the files in question.
    load.run((seq) => (seq % 2 === 0 ? payload(seq) : `{"m":{"odd":"${"x".repeat(900)}"`));
    await load.reached(4_000);
    await gateway.eventually<Health>("/api/health", ({ reasons }) =>
      reasons.some((reason) => reason.includes("Nothing is decided until the disk has room")),
    );
    expect((await gateway.fetch("/api/ready")).status).toBe(503);
    const acknowledged = load.acked.size;
    await load.reached(acknowledged + 500);
    await load.stop();
    expect((await gateway.metrics()).get("decide_lag_records")).toBeGreaterThan(0);

    rmSync(ballast);
    await gateway.eventually<Health>("/api/health", ({ status }) => status === "ok");
    await gateway.eventually<Journal>("/api/health", ({ journal }) => {
      return journal.decided >= journal.newest;
    });
    expect((await gateway.stop()).code, gateway.stderr).toBe(0);
    const { code, out, err } = await admin(["verify", "--data", dataDir, "--replay"]);
    expect(code, out + err).toBe(0);
    const kept = new Set(
      (await journalOf(dataDir)).filter((r) => r.device === "full-5" && r.kind === "message"),
    );
    expect(kept.size).toBeGreaterThanOrEqual(load.acked.size);
  });

  test("at the place of a backup leaves the backup before as it was, and the gateway alone", async () => {
    using small = smallDisk(6);
    const dataDir = join(small.beside, "data");
    const to = join(small.path, "backup");
    await using gateway = await GatewayProcess.start(
      { VOORZORG_ADMIN_TOKEN: ADMIN_TOKEN },
      dataDir,
    );
    const load = await LoadDevice.connect(gateway.addresses.mqtt, "espresso-pro", "full-6");
    load.run(payload, 1);
    await load.reached(50);
    const onto = await admin(["backup", "--data", dataDir, "--to", small.path]);
    expect(onto.err).toContain("is a mount point; name a folder inside it");
    expect((await admin(["backup", "--data", dataDir, "--to", to])).code).toBe(0);
    const back = await admin(["restore", "--from", to, "--data", small.path]);
    expect(back.err).toContain("is a mount point, where nothing can appear at once");
    const before = readFileSync(join(to, "manifest.json"), "utf8");
    load.run(payload);
    await load.reached(4_000);
    await load.stop();
    fill(small.path, 50_000);
    for (const target of [to, join(small.path, "other.tar")]) {
      const failed = await admin(["backup", "--data", dataDir, "--to", target]);
      expect(failed.err).toMatch(/VZ_BACKUP_FAILED: no room for the backup at/);
      expect(failed.code).toBe(1);
      expect(existsSync(`${target}.partial`)).toBe(false);
    }
    expect(readFileSync(join(to, "manifest.json"), "utf8")).toBe(before);
    expect((await admin(["verify", "--backup", to, "--replay"])).code).toBe(0);
    const restored = join(small.path, "restored");
    const refused = await admin(["restore", "--from", to, "--data", restored]);
    expect(refused.err).toMatch(/VZ_RESTORE_REFUSED: .*needs .* there are/);
    expect(existsSync(restored)).toBe(false);
    expect((await gateway.fetch("/api/ready")).status).toBe(200);
  });
});
