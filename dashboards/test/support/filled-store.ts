import { setTimeout as sleep } from "node:timers/promises";
import { noAckLog } from "../../../device-sim/src/ack-log.ts";
import { DeviceClient } from "../../../device-sim/src/device-client.ts";
import { Fleet } from "../../../device-sim/src/fleet/fleet.ts";
import type { DevicePlan } from "../../../device-sim/src/fleet/plan.ts";
import { planFleet } from "../../../device-sim/src/fleet/plan.ts";
import { GatewayChild } from "../../../device-sim/src/gateway-child.ts";
import { untilQuiet } from "../../../device-sim/src/gateway-http.ts";
import { Random } from "../../../device-sim/src/random.ts";
import { InfluxdProcess } from "../../../gateway/test/support/influxd-process.ts";
import type { Answered } from "./execution.ts";

const HOUR_MS = 3_600_000;
/** A Monday at midnight: the same seed tells the same story on any day. */
const START_MS = Date.UTC(2026, 2, 2);
/** Habits are known after seven whole days, and the use of a day six hours after it. */
const LENGTH_MS = (9 * 24 + 8) * HOUR_MS;
const END_MS = START_MS + LENGTH_MS;
const DATABASE = "telemetry";
const ENOUGH_WITHIN_MS = 60_000;

/** InfluxDB 1.6.7 as the gateway filled it while a fleet lived through nine days. */
export class FilledStore implements AsyncDisposable {
  /** Service time at the end. */
  readonly toMs = END_MS + 2 * HOUR_MS;
  readonly #influxd: InfluxdProcess;

  private constructor(influxd: InfluxdProcess) {
    this.#influxd = influxd;
  }

  static async fill(): Promise<FilledStore> {
    const influxd = await InfluxdProcess.start();
    const store = new FilledStore(influxd);
    try {
      await influxd.createDatabase(DATABASE);
      await using gateway = await GatewayChild.start({
        node: process.execPath,
        env: {
          ...process.env,
          VOORZORG_STORE: "influx1",
          VOORZORG_INFLUX_URL: influxd.url,
          VOORZORG_INFLUX_DATABASE: DATABASE,
        },
      });
      await liveThrough(gateway);
      await judgeCases(gateway);
      await sayOnDisplay(gateway, store.toMs);
      await store.#untilTold();
    } catch (error) {
      await store[Symbol.asyncDispose]();
      throw error;
    }
    return store;
  }

  readonly ask = (query: string): Promise<readonly Answered[]> =>
    this.#influxd.query(query, { db: DATABASE });

  /** The gateway samples itself and looks at the fleet every 10 s; verdicts come into the figures last. */
  async #untilTold(): Promise<void> {
    const deadline = performance.now() + ENOUGH_WITHIN_MS;
    const wanted = [
      'SELECT last("precision") FROM "vz.rule"',
      'SELECT last("false_case_share") FROM "vz.value"',
      'SELECT last("true_alarm") FROM "vz.case"',
      'SELECT last("display_text_s") FROM "espresso-pro"',
      'SELECT last("reading_to_case_p99_ms") FROM "vz.gateway"',
      'SELECT last("habit") FROM "vz.use"',
      'SELECT last("state_code") FROM "vz.use" WHERE "state_code" > 0',
      ...["vz.case_open", "vz.device", "vz.fleet"].map(
        (name) => `SELECT count(/_code|open/) FROM "${name}" WHERE time > ${END_MS}ms`,
      ),
    ];
    for (const query of wanted) {
      while ((await this.ask(query)).length === 0) {
        if (performance.now() > deadline) throw new Error(`nothing came for: ${query}`);
        await sleep(200);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#influxd[Symbol.asyncDispose]();
  }
}

/** By number within their product: the first have the most telling troubles, the eleventh is never connected. */
const CHOSEN = /-0(?:0[1-7]|11)$/;

/** Consumer devices, and enough test beds that something happens to one. */
function plans(random: Random): readonly DevicePlan[] {
  const span = { startMs: START_MS, endMs: END_MS, random, wrongClocks: false };
  return [
    ...planFleet({
      ...span,
      products: ["espresso-pro", "heat-pump", "e-bike"],
      devices: 33,
    }).filter(({ id }) => CHOSEN.test(id)),
    ...planFleet({ ...span, products: ["water-pump-testbed"], devices: 3 }).map(oneCohort),
  ];
}

/** Three alike are compared with each other. */
const oneCohort = (plan: DevicePlan): DevicePlan => ({ ...plan, cohort: plan.product });

async function liveThrough(gateway: GatewayChild): Promise<void> {
  const random = new Random(1);
  const fleet = new Fleet({
    plans: plans(random),
    mqttUrl: gateway.mqttUrl,
    startMs: START_MS,
    endMs: END_MS,
    random,
    acks: noAckLog,
    gateway: gateway.http,
    register: true,
    lockstep: true,
    acceleration: Number.POSITIVE_INFINITY,
  });
  await Promise.race([fleet.run(), gateway.died]);
  await untilQuiet(gateway.http);
}

/** Service people say of every other case whether it was one, and take one that waits. */
async function judgeCases({ http, httpUrl, token }: GatewayChild): Promise<void> {
  const post = async (path: string, body: unknown): Promise<void> => {
    const response = await fetch(`${httpUrl}/api/cases/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  const cases = await http.cases();
  for (const [index, { id }] of cases.entries()) {
    if (index % 2 === 0) {
      await post(`${id}/verdict`, { verdict: index % 6 === 0 ? "false_alarm" : "confirmed" });
    }
  }
  const waiting = cases.find(({ status }) => status === "open");
  if (waiting !== undefined) await post(`${waiting.id}/acknowledge`, {});
}

/** Simulated machines have nothing on their display; this one moves the service clock on, too. */
async function sayOnDisplay({ mqttUrl }: GatewayChild, nowMs: number): Promise<void> {
  const device = new DeviceClient({
    url: mqttUrl,
    product: "espresso-pro",
    device: "esp-shop",
    boot: 1,
    acks: noAckLog,
    nowMs: () => nowMs,
    runCommand: () => ({ state: "succeeded" }),
    reconnect: false,
  });
  await device.connect();
  device.publish({
    class: "tele",
    ts: nowMs,
    points: [{ offsetMs: 0, values: { display_text: "Please fill the tank" } }],
  });
  await device.settled();
  await device.disconnect();
}
