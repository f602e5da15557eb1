import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LogLine } from "./support/gateway-process.ts";
import { ADMIN_TOKEN, GatewayProcess } from "./support/gateway-process.ts";
import { ROWS, SUBSCRIPTIONS, VALID } from "./support/mosquitto-rows.ts";

interface Quarantined {
  readonly code: string;
  readonly reason: string;
  readonly topic: string;
}
interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const outcomes: string[] = [];
let gateway: GatewayProcess;
let port = "";

async function run(program: string, args: readonly string[], input = ""): Promise<Finished> {
  const child = spawn(program, ["-h", "127.0.0.1", "-p", port, ...args]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  child.stdin.on("error", () => undefined).end(input);
  const [code] = await once(child, "close");
  return { code: code as number | null, stdout, stderr };
}

async function quarantineOf(device: string): Promise<readonly Quarantined[]> {
  const { items } = await gateway.json<{ items: readonly Quarantined[] }>(
    `/api/quarantine?device=${device}`,
  );
  return items;
}

const logged = (device: string, msg: string): LogLine | undefined =>
  gateway.logs.find((line) => line.deviceId === device && line.msg === msg);

beforeAll(async () => {
  for (const program of ["mosquitto_pub", "mosquitto_sub"]) {
    const { error } = spawnSync(program, ["--help"]);
    expect(error, `${program} is missing: apt-get install mosquitto-clients`).toBeUndefined();
  }
  gateway = await GatewayProcess.start({
    VOORZORG_ADMIN_TOKEN: ADMIN_TOKEN,
    VOORZORG_LOG_LEVEL: "info",
  });
  port = new URL(gateway.addresses.mqtt).port;
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  process.stdout.write(`\n${outcomes.join("\n")}\n\n`);
});

describe("what Debian's mosquitto_pub sends has a defined outcome:", () => {
  test.each(ROWS.map((row, i) => ({ ...row, device: `pub-${i}` })))("$title", async (row) => {
    const { args = [], device, exit, payload, qos = 1, quarantine, topic } = row;
    const before = await gateway.metrics();
    const version = args.includes("-V") ? [] : ["-V", "mqttv311"];
    const own = topic.replace("/D/", `/${device}/`);
    const options = ["-i", device, "-q", String(qos), "-t", own, ...version, ...args, "-s"];
    const { code, stderr } = await run("mosquitto_pub", options, payload);
    expect(code, stderr).toBe(exit);
    await expect
      .poll(async () => {
        const after = await gateway.metrics();
        return row.counts.map((line) => [line, (after.get(line) ?? 0) - (before.get(line) ?? 0)]);
      })
      .toEqual(row.counts.map((line) => [line, 1]));
    if (quarantine === undefined) {
      await gateway.eventually<{ messages?: number }>(
        `/api/devices/${device}`,
        (d) => d.messages === 1,
      );
      expect(await quarantineOf(device)).toEqual([]);
    } else {
      await expect.poll(() => quarantineOf(device)).toHaveLength(1);
      const [entry] = await quarantineOf(device);
      expect(entry?.code).toBe(quarantine.code);
      expect(entry?.reason).toMatch(quarantine.reason);
    }
    if (row.log !== undefined) {
      const line = logged(device, row.log);
      expect(line).toMatchObject({ level: "warn", code: quarantine?.code });
      expect(line?.reason).toMatch(quarantine?.reason ?? /^$/);
    }
    const kept = quarantine === undefined ? "accepted" : `${quarantine.code}`;
    outcomes.push(`${row.title.padEnd(58)} exit ${code}  ${kept}`);
  });
});

describe("what Debian's mosquitto_sub asks for is granted only where it is the device's own:", () => {
  test.each(SUBSCRIPTIONS.map((row, i) => ({ ...row, device: `sub-${i}` })))(
    "$title",
    async ({ device, filter, granted, title }) => {
      const line = "subscriptions_refused_total";
      const before = (await gateway.metrics()).get(line) ?? 0;
      const own = filter.replace("/D/", `/${device}/`);
      const subscribed = run("mosquitto_sub", [
        "-i",
        device,
        "-V",
        "mqttv311",
        "-d",
        "-W",
        "2",
        "-t",
        own,
      ]);
      // Somebody else speaks meanwhile; nothing of it may arrive.
      const talk = [
        "-i",
        "talker",
        "-V",
        "mqttv311",
        "-q",
        "1",
        "-t",
        "vz1/espresso-pro/talker/tele",
      ];
      await sleep(200);
      expect((await run("mosquitto_pub", [...talk, "-m", VALID])).code).toBe(0);
      const { code, stderr, stdout } = await subscribed;
      // 27: the wait for a message is over; 0: the client gave up, as all it asked for was denied.
      expect(code, stderr).toBe(granted ? 27 : 0);
      expect(`${stdout}${stderr}`).toMatch(granted ? /Subscribed \(mid: 1\): 0/ : /were denied/);
      expect(stdout).not.toContain("received PUBLISH");
      expect((await gateway.metrics()).get(line) ?? 0).toBe(before + (granted ? 0 : 1));
      const said = logged(device, "subscription refused");
      if (granted) expect(said).toBeUndefined();
      else expect(said).toMatchObject({ level: "info", filter: own });
      outcomes.push(
        `${`subscribe: ${title}`.padEnd(58)} exit ${code}  ${granted ? "granted" : "denied"}`,
      );
    },
  );
});

describe("connections of Debian's mosquitto clients", () => {
  test("that speak MQTT 5 are refused with the code for it and told in the log", async () => {
    const options = ["-i", "five", "-V", "mqttv5", "-q", "1", "-t", "vz1/espresso-pro/five/tele"];
    const { code, stderr } = await run("mosquitto_pub", [...options, "-m", VALID]);
    expect(code).toBe(132);
    expect(stderr).toContain("Unsupported Protocol Version");
    const closed = 'connections_closed_total{reason="unsupported_version"}';
    expect((await gateway.metrics()).get(closed)).toBe(1);
    expect(gateway.logs).toContainEqual(
      expect.objectContaining({ msg: "connection closed", reason: "unsupported_version" }),
    );
    outcomes.push(`${"MQTT 5".padEnd(58)} exit ${code}  unsupported_version`);
  });

  test("whose client id is no device id, or whose user name is another, are refused", async () => {
    const to = ["-V", "mqttv311", "-q", "1", "-t", "vz1/espresso-pro/x/tele", "-m", VALID];
    expect((await run("mosquitto_pub", ["-i", "not an id", ...to])).code).toBe(2);
    expect((await run("mosquitto_pub", ["-i", "x", "-u", "y", "-P", "z", ...to])).code).toBe(4);
    const metrics = await gateway.metrics();
    expect(metrics.get('auth_failures_total{reason="bad_client_id"}')).toBe(1);
    expect(metrics.get('auth_failures_total{reason="user_mismatch"}')).toBe(1);
    const refusals = gateway.logs.filter((line) => line.msg === "sign-in refused");
    expect(refusals.map((line) => line.reason)).toEqual([
      expect.stringContaining('client id "not an id"'),
      expect.stringContaining('user name "y" is not the client id x'),
    ]);
  });

  test("that die leave their will: the device is known to be lost", async () => {
    const topic = "vz1/espresso-pro/mortal";
    const will = [
      "--will-topic",
      `${topic}/status`,
      "--will-payload",
      '{"boot":1,"s":"lost"}',
      "--will-qos",
      "1",
    ];
    const args = [
      "-h",
      "127.0.0.1",
      "-p",
      port,
      "-i",
      "mortal",
      "-V",
      "mqttv311",
      "-t",
      `${topic}/cmd`,
      ...will,
    ];
    const child = spawn("mosquitto_sub", args, { stdio: "ignore" });
    await expect.poll(async () => (await gateway.metrics()).get("connections")).toBe(1);
    child.kill("SIGKILL");
    await gateway.eventually<{ presence?: string }>(
      "/api/devices/mortal",
      (d) => d.presence === "lost",
    );
    expect(await quarantineOf("mortal")).toEqual([]);
    outcomes.push(`${"a device that dies, with a will".padEnd(58)}         lost`);
  });
});
