import { writeFile } from "node:fs/promises";
import { openAckLog } from "../ack-log.ts";
import { UsageError } from "../errors.ts";
import { GatewayHttp } from "../gateway-http.ts";
import type { LoadResult } from "../load/run-load.ts";
import { loadDeviceName, runLoad } from "../load/run-load.ts";
import { wallNowMs } from "../wall-clock.ts";
import type { Command } from "./command.ts";
import type { GivenOptions } from "./options.ts";
import { httpUrl, mqttUrl, numberOption, numberOrMax, readOptions } from "./options.ts";

const HELP = `npm run sim -- load [options]

Publishes measurements over raw connections, encoded beforehand, and measures the acknowledgements.
Works against any MQTT 3.1.1 broker.

  --connections N  default 100
  --rate R|max     messages per second in total; default 1000
  --qos 0|1        default 1
  --seconds S      default 10
  --size BYTES     of one payload; default 120
  --inflight K     unacknowledged messages per connection; default 16
  --product ID     default espresso-pro
  --prefix TEXT    devices are TEXT-00001 and so on; default load
  --mqtt URL       default mqtt://127.0.0.1:1883
  --http URL, --token T   with a token the devices are registered first
  --acks FILE      log of every PUBACK, NDJSON, synced to disk
  --json FILE      the result as one JSON object
  --seed N         of the reconnect jitter; default 1

A lost connection is opened again and what was not acknowledged is sent again.`;

function qosOption(given: GivenOptions): 0 | 1 {
  const qos = numberOption(given, "qos", { min: 0, max: 1, whole: true, default: 1 });
  return qos === 0 ? 0 : 1;
}

/** Registers the devices and keeps their secrets. */
async function registerAll(
  gateway: GatewayHttp,
  devices: readonly string[],
  product: string,
): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>();
  for (const id of devices) {
    const registration = { id, product, attrs: {}, cohort: "", owner: "" };
    const secret = await gateway.register({ ...registration, activatedAtMs: wallNowMs() });
    if (secret !== undefined) secrets.set(id, secret);
  }
  return secrets;
}

function sentence(result: LoadResult): string {
  const taken = `${result.msgPerSecond} messages/s, ${result.acked} of ${result.sent}`;
  if (result.qos === 0) return `${taken} read by the broker; ${result.reconnects} reconnects`;
  const { p50, p99 } = result.ackMs;
  return `${taken} acknowledged, PUBACK after ${p50} ms (p50), ${p99} ms (p99); ${result.reconnects} reconnects`;
}

export const loadCommand: Command = {
  name: "load",
  summary: "measures what a broker takes",
  help: HELP,
  async run(argv, terminal) {
    const names =
      "connections rate qos seconds size inflight product prefix mqtt http token acks json seed";
    const kinds = Object.fromEntries(names.split(" ").map((name) => [name, "text"] as const));
    const given = readOptions(argv, kinds);
    const acksPath = given.text("acks");
    const jsonPath = given.text("json");
    const token = given.text("token");
    const whole = { min: 1, max: 100_000, whole: true };
    const connections = numberOption(given, "connections", { ...whole, default: 100 });
    const product = given.text("product") ?? "espresso-pro";
    const prefix = given.text("prefix") ?? "load";
    if (!/^[A-Za-z0-9_-]{1,58}$/.test(prefix)) {
      const right = "1 to 58 letters, digits, _ or -";
      throw new UsageError(`--prefix is "${prefix}"; it must be ${right}`);
    }
    const devices = Array.from({ length: connections }, (_, i) => loadDeviceName(prefix, i));
    const secrets =
      token === undefined
        ? new Map<string, string>()
        : await registerAll(new GatewayHttp(httpUrl(given), token), devices, product);
    await using acks = acksPath === undefined ? undefined : await openAckLog(acksPath);
    const result = await runLoad({
      mqttUrl: mqttUrl(given),
      connections,
      rate: numberOrMax(given, "rate", { min: 0.01, max: 1e7, default: 1_000 }),
      qos: qosOption(given),
      seconds: numberOption(given, "seconds", { min: 0.1, max: 86_400, default: 10 }),
      payloadBytes: numberOption(given, "size", { min: 1, max: 65_536, whole: true, default: 120 }),
      inflight: numberOption(given, "inflight", { min: 1, max: 65_535, whole: true, default: 16 }),
      product,
      prefix,
      seed: numberOption(given, "seed", { min: 0, max: 2 ** 53, whole: true, default: 1 }),
      passwordOf: (device) => secrets.get(device),
      signal: terminal.signal,
      ...(acks === undefined ? {} : { acks }),
    });
    terminal.out(sentence(result));
    if (jsonPath !== undefined) await writeFile(jsonPath, `${JSON.stringify(result, null, 2)}\n`);
    return result.unacked === 0 ? 0 : 1;
  },
};
