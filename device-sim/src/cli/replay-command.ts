import { openAckLog } from "../ack-log.ts";
import type { ReplayResult } from "../replay/replay.ts";
import { replay } from "../replay/replay.ts";
import type { Command } from "./command.ts";
import { mqttUrl, numberOrMax, readOptions, requiredText } from "./options.ts";

const HELP = `npm run sim -- replay --data DIR --device D [options]

Plays one recorded device to a gateway: DIR/devices.csv names its product, DIR/series/D.csv.gz its
signals (ts,<signal>,...), DIR/events.csv.gz its events (device,ts,code,attrs). File order is kept.

  --data DIR       folder of the recording
  --device D       device to play
  --speed N|max    how many times faster than recorded; default 1
  --mqtt URL       default mqtt://127.0.0.1:1883
  --password TEXT  the device's secret; default none (open registration)
  --acks FILE      log of every PUBACK, NDJSON

Recorded times are in the past: run the gateway with VOORZORG_CLOCK=event.`;

function sentence(result: ReplayResult): string {
  const classes = Object.entries(result.acknowledged);
  const total = classes.reduce((sum, [, count]) => sum + count, 0);
  const parts = classes.map(([name, count]) => `${name} ${count}`).join(", ");
  const rate = Math.round(total / Math.max(result.wallMs / 1000, 0.001));
  return `${result.device} (${result.product}, boot ${result.boot}): ${total} messages acknowledged (${parts}) in ${(result.wallMs / 1000).toFixed(1)} s, ${rate}/s`;
}

export const replayCommand: Command = {
  name: "replay",
  summary: "plays recorded data of one device",
  help: HELP,
  async run(argv, terminal) {
    const given = readOptions(argv, {
      data: "text",
      device: "text",
      speed: "text",
      mqtt: "text",
      password: "text",
      acks: "text",
    });
    const password = given.text("password");
    const acksPath = given.text("acks");
    await using acks = acksPath === undefined ? undefined : await openAckLog(acksPath);
    const result = await replay({
      dataDir: requiredText(given, "data", "./recordings"),
      device: requiredText(given, "device", "pump-1"),
      speed: numberOrMax(given, "speed", { min: 0.001, max: 1e9, default: 1 }),
      mqttUrl: mqttUrl(given),
      ...(password === undefined ? {} : { password }),
      ...(acks === undefined ? {} : { acks }),
    });
    terminal.out(sentence(result));
    if (result.withoutTime > 0) {
      terminal.out(`${result.withoutTime} rows had no readable time and were sent without one`);
    }
    return 0;
  },
};
