import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MINUTE_MS } from "#domain/units.ts";
import type { Environment } from "./support/gateway-process.ts";
import { boilerFolders, GatewayProcess, journalOf } from "./support/gateway-process.ts";
import { LoadDevice } from "./support/load-device.ts";
import { DeviceScript, START } from "./support/records.ts";
import { tempFolder } from "./support/temp-folder.ts";

interface CaseRow {
  readonly id: string;
  readonly rule: string;
  readonly status: string;
}
interface CaseList {
  readonly items: readonly CaseRow[];
}

const TEST_MS = 60_000;
const CAUGHT_TRACE = "    at ";
const payload = (seq: number): string =>
  JSON.stringify({ boot: 9, seq, ts: START + seq * 1_000, m: { temp: 60 } });
const temperature = (script: DeviceScript, minutes: readonly number[], temp: number) =>
  minutes.map((n) => script.tele(START + n * MINUTE_MS, { temp, state: "on" }));

async function send(
  gateway: GatewayProcess,
  records: readonly ReturnType<DeviceScript["tele"]>[],
): Promise<void> {
  const clientId = records[0]?.device ?? "";
  const client = await connectAsync(gateway.addresses.mqtt, { clientId, reconnectPeriod: 0 });
  for (const record of records) {
    const topic = `vz1/${record.product}/${record.device}/${record.class}`;
    await client.publishAsync(topic, Buffer.from(record.payload), { qos: 1 });
  }
  await client.endAsync();
}

/** Publishes without a pause, ends the gateway in the middle of it and says what was acknowledged and is gone. */
async function endUnderLoad(gateway: GatewayProcess, device: string, signal: NodeJS.Signals) {
  const load = await LoadDevice.connect(gateway.addresses.mqtt, "boiler", device);
  load.run(payload);
  await load.reached(1_000);
  const ended = await gateway.stop(signal);
  await load.stop();
  const records = (await journalOf(gateway.dataDir)).filter((r) => r.device === device);
  const kept = new Set(records.filter((r) => r.kind === "message").map((r) => r.seq));
  return { ended, lost: [...load.acked].filter((seq) => !kept.has(seq)) };
}

describe("the gateway's process", () => {
  const folder = tempFolder();
  const dataDir = join(folder.path, "data");
  let env: Environment = {};
  let gateway: GatewayProcess;
  let token = "";
  let openCase = "";

  beforeAll(async () => {
    env = {
      ...boilerFolders(folder.path),
      VOORZORG_UNKNOWN_THING: "1",
      VOORZORG_SERVICE_FILE: fileURLToPath(new URL("../service/example.yaml", import.meta.url)),
    };
    gateway = await GatewayProcess.start(env, dataDir);
    token = /Token\s+(\S+)/.exec(gateway.stderr)?.[1] ?? "";
  }, TEST_MS);
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test("makes a token at the first start and shows it, but never in the log", async () => {
    expect((await gateway.fetch("/api/cases", { token })).status, gateway.stderr).toBe(200);
    expect((await gateway.fetch("/api/cases", { token: "guessed" })).status).toBe(401);
    expect(gateway.logs.length).toBeGreaterThan(0);
    expect(JSON.stringify(gateway.logs)).not.toContain(token);
    expect(gateway.stderr).toContain("REGISTRATION IS OPEN");
  });

  test("gives a link that signs a person in to the console, once", async () => {
    const { signInLink, http } = gateway.addresses;
    expect(gateway.stderr).toContain(signInLink);
    const signedIn = await fetch(signInLink, { redirect: "manual" });
    const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
    const page = await fetch(`${http}/`, { headers: { cookie }, redirect: "manual" });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("<html");
    const again = await fetch(signInLink, { redirect: "manual" });
    expect(again.headers.get("set-cookie")).toBeNull();
  });

  test("puts teams and targets into force with its start, and no address into the journal", async () => {
    const configs = (await journalOf(dataDir)).filter(({ kind }) => kind === "config");
    expect(configs).toEqual([expect.objectContaining({ service: "example.yaml" })]);
  });

  test("warns about a VOORZORG_ variable that it does not know", () => {
    const variable = "VOORZORG_UNKNOWN_THING";
    expect(gateway.logs).toContainEqual(expect.objectContaining({ level: "warn", variable }));
  });

  test(
    "does not let a second gateway into its data folder or onto its ports, and goes on",
    async () => {
      const mqttPort = new URL(gateway.addresses.mqtt).port;
      const [locked, taken] = await Promise.all([
        GatewayProcess.refused({}, dataDir),
        GatewayProcess.refused({ VOORZORG_MQTT_PORT: mqttPort }),
      ]);
      expect(locked.stderr).toMatch(/^VZ_DATA_DIR_LOCKED: .*in use by another gateway/);
      expect(taken.stderr).toMatch(/^VZ_MQTT_LISTEN: .*VOORZORG_MQTT_PORT/);
      expect(taken.stderr).toContain(`:${mqttPort}`);
      for (const { code, stderr } of [locked, taken]) {
        expect(code).toBe(1);
        expect(stderr).not.toContain(CAUGHT_TRACE);
      }
      expect((await gateway.fetch("/api/ready", { token })).status).toBe(200);
    },
    TEST_MS,
  );

  test(
    "has every acknowledged message after kill -9 in the middle of a flood",
    async () => {
      const script = new DeviceScript("b1");
      await send(gateway, [
        script.status(START, "online"),
        ...temperature(script, [0, 1, 2, 3], 150),
      ]);
      const list = await gateway.eventually<CaseList>(
        "/api/cases",
        ({ items }) => items.some((c) => c.rule === "too-hot"),
        token,
      );
      openCase = list.items.find((c) => c.rule === "too-hot")?.id ?? "";
      const { ended, lost } = await endUnderLoad(gateway, "b2", "SIGKILL");
      expect(ended.signal).toBe("SIGKILL");
      expect(lost).toEqual([]);
    },
    TEST_MS,
  );

  test(
    "goes on with its cases after the restart, with the token of before",
    async () => {
      gateway = await GatewayProcess.start(env, dataDir);
      expect(gateway.stderr).not.toContain("Token");
      expect(gateway.stderr).toContain("Sign in");
      const script = new DeviceScript("b1", 2);
      await send(gateway, temperature(script, [4, 5, 6, 7, 8, 9, 10, 11], 80));
      const path = `/api/cases/${openCase}`;
      await gateway.eventually<CaseRow>(path, (c) => c.status === "resolved", token);
      const { items } = await gateway.json<CaseList>("/api/cases?device=b1", token);
      expect(items.filter((c) => c.rule === "too-hot")).toHaveLength(1);
    },
    TEST_MS,
  );

  test(
    "ends with code 0 within 10 s of SIGTERM in the middle of a flood, and has every acknowledged message",
    async () => {
      const { ended, lost } = await endUnderLoad(gateway, "b3", "SIGTERM");
      expect(ended.code, gateway.stderr).toBe(0);
      expect(ended.ms).toBeLessThan(10_000);
      expect(lost).toEqual([]);
      expect(gateway.logs.filter(({ level }) => level === "error")).toEqual([]);
    },
    TEST_MS,
  );
});

describe("a start that cannot be right ends with code 1 and says what would be right:", () => {
  async function refusal(env: Environment): Promise<string> {
    const { code, stderr } = await GatewayProcess.refused(env);
    expect(stderr).not.toContain(CAUGHT_TRACE);
    expect(code).toBe(1);
    return stderr;
  }

  test(
    "an address that others reach, without TLS",
    async () => {
      expect(await refusal({ VOORZORG_HOST: "0.0.0.0" })).toMatch(
        /host: "0\.0\.0\.0" is reachable from outside and needs TLS; set VOORZORG_TLS_CERT/,
      );
    },
    TEST_MS,
  );

  test(
    "wrong settings in the file and in the environment, all named at once",
    async () => {
      using folder = tempFolder();
      const file = join(folder.path, "gateway.yaml");
      writeFileSync(file, "clok: event\nregistration: maybe\n");
      const said = await refusal({
        VOORZORG_CONFIG: file,
        VOORZORG_MQTT_PORT: "99999",
        VOORZORG_HTTP_PORT: "web",
        VOORZORG_STORE: "tape",
      });
      expect(said).toContain(`${file} with the environment has 5 problem(s)`);
      for (const part of ["clok", '"maybe" is not one of auto, open, closed', "99999 is no port"]) {
        expect(said).toContain(part);
      }
      expect(said).toMatch(/VOORZORG_HTTP_PORT.*"web" is no port; write 0/);
      expect(said).toMatch(/VOORZORG_STORE.*"tape" is not one of embedded/);
    },
    TEST_MS,
  );

  test(
    "files that the settings name and that are not there, all named at once",
    async () => {
      const said = await refusal({
        VOORZORG_TLS_CERT: "/nowhere/cert.pem",
        VOORZORG_TLS_KEY: "/nowhere/key.pem",
        VOORZORG_ADMIN_TOKEN_FILE: "/nowhere/token",
      });
      expect(said).toContain("3 problem(s)");
      expect(said).toMatch(/VOORZORG_TLS_CERT: .*\/nowhere\/cert\.pem/);
      expect(said).toMatch(/VOORZORG_TLS_KEY: .*\/nowhere\/key\.pem/);
      expect(said).toMatch(/VOORZORG_ADMIN_TOKEN_FILE: .*\/nowhere\/token/);
    },
    TEST_MS,
  );

  test(
    "a rule that uses a signal its product does not have, with file, line and column",
    async () => {
      using folder = tempFolder();
      const env = boilerFolders(folder.path);
      writeFileSync(
        join(folder.path, "rules", "broken.yaml"),
        "product: boiler\nrules:\n  - id: odd\n    kind: fault\n    title: T\n    why: W\n    when: tmp > 3.0\n",
      );
      const said = await refusal(env);
      expect(said).toMatch(/^VZ_RULESET_INVALID/);
      expect(said).toMatch(/broken\.yaml:7:\d+.*tmp/);
    },
    TEST_MS,
  );

  test(
    "a service file with mistakes, each with line and column and what would be right",
    async () => {
      using folder = tempFolder();
      const file = join(folder.path, "service.yaml");
      writeFileSync(file, "teams: {}\ncalendars: {}\nlevels:\n  - { name: a, firstResponse: 1 }\n");
      const said = await refusal({ VOORZORG_SERVICE_FILE: file });
      expect(said).toMatch(/VOORZORG_SERVICE_FILE has 3 problem/);
      expect(said).toMatch(/service\.yaml:4:\d+ `firstResponse` must be a duration such as "30s"/);
    },
    TEST_MS,
  );

  test(
    "a data folder that is a file",
    async () => {
      using folder = tempFolder();
      const file = join(folder.path, "data");
      writeFileSync(file, "");
      expect(await refusal({ VOORZORG_DATA_DIR: file })).toMatch(
        /VOORZORG_DATA_DIR.*cannot be used/,
      );
    },
    TEST_MS,
  );
});
