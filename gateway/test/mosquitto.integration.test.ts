import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LogLine } from "./support/gateway-process.ts";
import { ADMIN_TOKEN, GatewayProcess } from "./support/gateway-process.ts";

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

/** One call of mosquitto_pub and everything that must follow from it. `D` stands for the device's own id. */
interface Row {
  readonly title: string;
  readonly topic: string;
  readonly payload: string;
  readonly qos?: 0 | 1 | 2;
  readonly args?: readonly string[];
  /** As mosquitto_pub: 0 = acknowledged (or QoS 0), 5 = not authorised, 7 = connection ended. */
  readonly exit: number;
  /** Counters that grow by one. */
  readonly counts: readonly string[];
  /** Undefined = accepted: nothing in quarantine. */
  readonly quarantine?: { readonly code: string; readonly reason: RegExp };
  readonly log?: string;
}

const TELE = "vz1/espresso-pro/D/tele";
const VALID = '{"boot":1,"seq":1,"ts":1795356199123,"m":{"boiler_temp":93.4,"state":"idle"}}';
const QUARANTINED = "a message went to quarantine";
const REFUSED = "a publish was refused";

const received = (qos: number): string => `messages_received_total{class="tele",qos="${qos}"}`;
const quarantined = (code: string): string => `messages_quarantined_total{code="${code}"}`;

const accepted = (title: string, qos: 0 | 1 | 2, args: readonly string[] = []): Row => ({
  title,
  topic: TELE,
  payload: VALID,
  qos,
  args,
  exit: 0,
  counts: [received(qos), 'connections_closed_total{reason="client"}'],
});

/** Acknowledged, or the device would send it for ever. */
function inQuarantine(title: string, payload: string, [code, reason]: [string, RegExp]): Row {
  const counts = [received(1), quarantined(code)];
  return {
    title,
    topic: TELE,
    payload,
    exit: 0,
    counts,
    quarantine: { code, reason },
    log: QUARANTINED,
  };
}

/** Not acknowledged, and the connection ends. */
function refused(
  title: string,
  row: Pick<Row, "topic"> & Partial<Row>,
  why: [string, RegExp],
): Row {
  const [code, reason] = why;
  const counts = [`messages_refused_total{code="${code}"}`, quarantined(code)];
  return {
    title,
    payload: VALID,
    // At QoS 0 the client waits for no answer and sees nothing of the refusal.
    exit: row.qos === 0 ? 0 : 7,
    counts,
    quarantine: { code, reason },
    log: REFUSED,
    ...row,
  };
}

const ROWS: readonly Row[] = [
  accepted("a valid reading at QoS 0", 0),
  accepted("a valid reading at QoS 1", 1),
  accepted("a valid reading at QoS 2", 2),
  accepted("a valid reading with the retain flag, which has no effect", 1, ["-r"]),
  accepted("a valid reading over MQTT 3.1", 1, ["-V", "mqttv31"]),
  inQuarantine("a text where a number belongs", '{"boot":1,"seq":1,"m":{"boiler_temp":"hot"}}', [
    "bad_value",
    /boiler_temp.*"hot".*number/,
  ]),
  inQuarantine("broken JSON", '{"boot":1,"seq":1,', ["bad_json", /not valid JSON/]),
  inQuarantine("NaN", '{"boot":1,"seq":1,"m":{"boiler_temp":NaN}}', ["bad_json", /NaN/]),
  inQuarantine("a signal that the product does not have", '{"boot":1,"seq":1,"m":{"nope":1}}', [
    "unknown_signal",
    /"nope".*known are boiler_temp/,
  ]),
  inQuarantine("a payload above 64 KiB", "x".repeat(70_000), ["too_large", /70000 bytes.*65536/]),
  {
    ...inQuarantine("a product that nobody knows", VALID, [
      "unknown_product",
      /"toaster" is not known/,
    ]),
    topic: "vz1/toaster/D/tele",
  },
  refused(
    "a packet above 128 KiB",
    {
      topic: TELE,
      payload: "x".repeat(140_000),
      counts: [
        'messages_refused_total{code="frame_too_large"}',
        'connections_closed_total{reason="frame_too_large"}',
      ],
    },
    ["frame_too_large", /140\d\d\d bytes.*131072/],
  ),
  refused("a wrong topic at QoS 0", { topic: "home/kitchen", qos: 0 }, [
    "wrong_topic",
    /home\/kitchen.*vz1/,
  ]),
  refused("a wrong topic at QoS 1", { topic: "home/kitchen", qos: 1 }, [
    "wrong_topic",
    /home\/kitchen.*vz1/,
  ]),
  refused("a wrong topic at QoS 2", { topic: "home/kitchen", qos: 2 }, [
    "wrong_topic",
    /home\/kitchen.*vz1/,
  ]),
  refused("a topic of the broker itself", { topic: "$SYS/broker/clients" }, [
    "wrong_topic",
    /\$SYS/,
  ]),
  refused("a class that does not exist", { topic: "vz1/espresso-pro/D/status2" }, [
    "wrong_topic",
    /one of status/,
  ]),
  refused("another device's topic at QoS 0", { topic: "vz1/espresso-pro/other/tele", qos: 0 }, [
    "wrong_device",
    /other/,
  ]),
  refused("another device's topic at QoS 1", { topic: "vz1/espresso-pro/other/tele" }, [
    "wrong_device",
    /other/,
  ]),
  refused("another device's topic at QoS 2", { topic: "vz1/espresso-pro/other/tele", qos: 2 }, [
    "wrong_device",
    /other/,
  ]),
  refused("a retained command to itself", { topic: "vz1/espresso-pro/D/cmd", args: ["-r"] }, [
    "wrong_topic",
    /"vz1\/espresso-pro\/.*\/cmd" is not one of/,
  ]),
  refused(
    "a retained command to another device",
    { topic: "vz1/espresso-pro/other/cmd", args: ["-r"] },
    ["wrong_topic", /other\/cmd/],
  ),
  refused(
    "a will on another device's topic",
    {
      topic: TELE,
      args: ["--will-topic", "vz1/espresso-pro/other/status", "--will-payload", '{"s":"lost"}'],
      exit: 5,
      counts: ['auth_failures_total{reason="will"}', 'messages_refused_total{code="wrong_device"}'],
    },
    ["wrong_device", /^will: .*other/],
  ),
];

interface SubscribeRow {
  readonly title: string;
  readonly filter: string;
  readonly granted: boolean;
}
const SUBSCRIPTIONS: readonly SubscribeRow[] = [
  { title: "everything", filter: "#", granted: false },
  { title: "the broker's own topics", filter: "$SYS/#", granted: false },
  { title: "another device's commands", filter: "vz1/espresso-pro/other/cmd", granted: false },
  { title: "its commands with a wildcard", filter: "vz1/+/D/cmd", granted: false },
  { title: "its own readings", filter: "vz1/espresso-pro/D/tele", granted: false },
  { title: "its own commands", filter: "vz1/espresso-pro/D/cmd", granted: true },
];

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
