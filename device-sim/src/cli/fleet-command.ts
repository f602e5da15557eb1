import { writeFile } from "node:fs/promises";
import { noAckLog, openAckLog } from "../ack-log.ts";
import { UsageError } from "../errors.ts";
import { Fleet } from "../fleet/fleet.ts";
import { planFleet } from "../fleet/plan.ts";
import { GatewayHttp } from "../gateway-http.ts";
import type { ProductId } from "../models/make-appliance.ts";
import { PRODUCTS, parseProductId } from "../models/make-appliance.ts";
import { Random } from "../random.ts";
import { wallNowMs } from "../wall-clock.ts";
import type { Command } from "./command.ts";
import type { GivenOptions } from "./options.ts";
import {
  httpUrl,
  instantOption,
  mqttUrl,
  numberOption,
  numberOrMax,
  readOptions,
} from "./options.ts";

const HELP = `npm run sim -- fleet [options]

A seeded fleet with physics, owners, faults, misuse, underuse and bad networks.

  --devices N          default 24
  --products a,b       default all: ${PRODUCTS.join(",")}
  --days D             simulated days; default 8
  --until-stopped      until Ctrl-C instead
  --acceleration X|max simulated over wall time; default max
  --start ISO          first simulated moment; default: so that --days end now
  --wrong-clocks       some devices' clocks are wrong; only for a gateway with VOORZORG_CLOCK=live
  --lockstep           after each step wait until the gateway has decided and delivered everything
  --truth FILE         what was really wrong, NDJSON
  --acks FILE          log of every PUBACK, NDJSON, synced to disk
  --seed N             default 1
  --mqtt URL           default mqtt://127.0.0.1:1883
  --http URL, --token T  with a token the devices are registered first

Simulated time is not the gateway's: run it with VOORZORG_CLOCK=event, or use --acceleration 1.`;

const DAY_MS = 86_400_000;

function productsOf(given: GivenOptions): readonly ProductId[] {
  const text = given.text("products");
  if (text === undefined) return PRODUCTS;
  return text.split(",").map((name) => parseProductId(name.trim()));
}

function spanOf(given: GivenOptions): { readonly startMs: number; readonly endMs: number } {
  const days = numberOption(given, "days", { min: 0.01, max: 3_650, default: 8 });
  const untilStopped = given.is("until-stopped");
  if (untilStopped && given.text("days") !== undefined) {
    throw new UsageError("--days and --until-stopped exclude each other; give one of them");
  }
  const lengthMs = days * DAY_MS;
  const minute = Math.floor(wallNowMs() / 60_000) * 60_000;
  const startMs = instantOption(given, "start", minute - (untilStopped ? 0 : lengthMs));
  return { startMs, endMs: untilStopped ? Number.POSITIVE_INFINITY : startMs + lengthMs };
}

export const fleetCommand: Command = {
  name: "fleet",
  summary: "lives through accelerated days with faults, misuse and underuse",
  help: HELP,
  async run(argv, terminal) {
    const texts = "devices products days acceleration start truth acks seed mqtt http token";
    const given = readOptions(argv, {
      ...Object.fromEntries(texts.split(" ").map((name) => [name, "text"] as const)),
      "until-stopped": "switch",
      "wrong-clocks": "switch",
      lockstep: "switch",
    });
    const seed = numberOption(given, "seed", { min: 0, max: 2 ** 53, whole: true, default: 1 });
    const devices = numberOption(given, "devices", {
      min: 1,
      max: 5_000,
      whole: true,
      default: 24,
    });
    const { startMs, endMs } = spanOf(given);
    const token = given.text("token");
    const random = new Random(seed);
    const plans = planFleet({
      products: productsOf(given),
      devices,
      startMs,
      endMs: Number.isFinite(endMs) ? endMs : startMs + 8 * DAY_MS,
      random,
      wrongClocks: given.is("wrong-clocks"),
    });
    const acksPath = given.text("acks");
    await using acks = acksPath === undefined ? undefined : await openAckLog(acksPath);
    const wantsGateway = token !== undefined || given.is("lockstep");
    const fleet = new Fleet({
      plans,
      mqttUrl: mqttUrl(given),
      startMs,
      endMs,
      random,
      acks: acks ?? noAckLog,
      register: token !== undefined,
      lockstep: given.is("lockstep"),
      acceleration: numberOrMax(given, "acceleration", {
        min: 0.001,
        max: 1e9,
        default: Number.POSITIVE_INFINITY,
      }),
      signal: terminal.signal,
      onProgress: (nowMs) => terminal.progress?.(`${new Date(nowMs).toISOString()} (simulated)`),
      ...(wantsGateway ? { gateway: new GatewayHttp(httpUrl(given), token) } : {}),
    });
    terminal.out(`${devices} devices, seed ${seed}, from ${new Date(startMs).toISOString()}`);
    await fleet.run();
    const truthPath = given.text("truth");
    if (truthPath !== undefined) await writeFile(truthPath, fleet.truth.toNdjson());
    const rows = fleet.truth.rows();
    const counts = ["fault", "misuse", "underuse", "network"].map(
      (kind) => `${rows.filter((row) => row.kind === kind).length} ${kind}`,
    );
    const logged = acks === undefined ? "" : `; ${acks.count} messages acknowledged`;
    terminal.out(`really wrong: ${counts.join(", ")}${logged}`);
    return 0;
  },
};
