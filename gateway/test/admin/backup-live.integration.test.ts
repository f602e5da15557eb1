import { execFile } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MINUTE_MS } from "#domain/units.ts";
import type { Environment } from "../support/gateway-process.ts";
import {
  ADMIN_TOKEN,
  boilerFolders,
  GatewayProcess,
  journalOf,
} from "../support/gateway-process.ts";
import { LoadDevice } from "../support/load-device.ts";
import { DeviceScript, START } from "../support/records.ts";
import { tempFolder } from "../support/temp-folder.ts";

const ADMIN = fileURLToPath(new URL("../../src/admin.ts", import.meta.url));

interface CaseList {
  readonly items: readonly { readonly id: string; readonly rule: string }[];
}

/** `npm run admin`, as a process of its own. */
function admin(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [ADMIN, ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

/** A millisecond apart: the clock of recorded data must not run away from the cases. */
const payload = (seq: number): string =>
  JSON.stringify({ boot: 9, seq, ts: START + 4 * MINUTE_MS + seq, m: { temp: 60 } });

async function breakBoiler(gateway: GatewayProcess, device: string): Promise<void> {
  const client = await connectAsync(gateway.addresses.mqtt, {
    clientId: device,
    reconnectPeriod: 0,
  });
  const script = new DeviceScript(device);
  const minutes = [0, 1, 2, 3];
  for (const record of [
    script.status(START, "online"),
    ...minutes.map((n) => script.tele(START + n * MINUTE_MS, { temp: 150, state: "on" })),
  ]) {
    const topic = `vz1/boiler/${device}/${record.class}`;
    await client.publishAsync(topic, Buffer.from(record.payload), { qos: 1 });
  }
  await client.endAsync();
}

const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

/** The cases with all that their pages show. */
async function casesOf(gateway: GatewayProcess): Promise<readonly unknown[]> {
  const { items } = await gateway.json<CaseList>("/api/cases?limit=100");
  return Promise.all(items.map(({ id }) => gateway.json<unknown>(`/api/cases/${id}`)));
}

describe("a backup of a gateway at work", () => {
  const folder = tempFolder();
  const data = join(folder.path, "data");
  const backup = join(folder.path, "backup");
  const elsewhere = join(folder.path, "elsewhere");
  let env: Environment = {};
  let gateway: GatewayProcess;
  beforeAll(async () => {
    env = { ...boilerFolders(folder.path), VOORZORG_ADMIN_TOKEN: ADMIN_TOKEN };
    gateway = await GatewayProcess.start(env, data);
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test("can be verified, and no second gateway and no restore touches its folder", async () => {
    const load = await LoadDevice.connect(gateway.addresses.mqtt, "boiler", "b2");
    load.run(payload);
    await load.reached(500);
    const verified = await admin(["verify", "--data", data, "--replay"]);
    expect(verified.out).toContain("A gateway is running here");
    expect(verified.out).toContain("is whole.");
    expect(verified.code).toBe(0);
    const refused = await GatewayProcess.refused({}, data);
    expect(refused.stderr).toMatch(/^VZ_DATA_DIR_LOCKED: .*in use by another gateway/);
    const made = await admin(["backup", "--data", data, "--to", `${backup}-first`]);
    expect(made.code, made.err).toBe(0);
    // A new kind of file must be added to the backup, or here.
    const copied = new Set(filesOf(`${backup}-first`));
    const isLeftOut = (path: string): boolean =>
      /-(?:wal|shm)$|^gateway\.(?:lock|lock-journal|json)$|\.sealed\.tmp$/.test(path);
    expect(filesOf(data).filter((path) => !copied.has(path) && !isLeftOut(path))).toEqual([]);
    const onto = await admin(["restore", "--from", `${backup}-first`, "--data", data]);
    expect(onto.code).toBe(1);
    expect(onto.err).toMatch(/^VZ_RESTORE_REFUSED: .*a gateway is running on/);
    expect((await gateway.fetch("/api/ready")).status).toBe(200);
    await load.stop();
  });

  test("holds everything that was acknowledged before it began, and a gateway goes on from it elsewhere", async () => {
    await breakBoiler(gateway, "b1");
    await gateway.eventually<CaseList>("/api/cases", ({ items }) =>
      items.some(({ rule }) => rule === "too-hot"),
    );
    const cases = await casesOf(gateway);
    const load = await LoadDevice.connect(gateway.addresses.mqtt, "boiler", "b3");
    load.run(payload);
    await load.reached(1_500);
    const before = [...load.acked];
    const made = await admin(["backup", "--data", data, "--to", backup]);
    expect(made.code, made.err).toBe(0);
    expect(load.acked.size, "the load went on").toBeGreaterThan(before.length);
    await gateway.stop("SIGKILL");
    await load.stop();
    rmSync(data, { recursive: true });

    const verified = await admin(["verify", "--backup", backup, "--replay"]);
    expect(verified.code, verified.out).toBe(0);
    const restored = await admin(["restore", "--from", backup, "--data", elsewhere]);
    expect(restored.code, restored.err).toBe(0);
    gateway = await GatewayProcess.start(env, elsewhere);
    expect(await casesOf(gateway)).toEqual(cases);
    const records = await journalOf(elsewhere);
    const kept = new Set(records.filter(({ device }) => device === "b3").map(({ seq }) => seq));
    expect(before.filter((seq) => !kept.has(seq))).toEqual([]);
    // It takes and decides what comes now.
    const more = await LoadDevice.connect(gateway.addresses.mqtt, "boiler", "b4");
    more.run(payload);
    await more.reached(100);
    await more.stop();
    await gateway.eventually<{ messages?: number }>(
      "/api/devices/b4",
      (device) => (device.messages ?? 0) >= 100,
    );
  });
});
