import type { AckEntry, AckSink } from "../ack-log.ts";
import { DeviceClient } from "../device-client.ts";
import type { Draft } from "../sealed.ts";
import { sleepMs, wallNowMs } from "../wall-clock.ts";
import type { Recorded, RecordedDevice } from "./recording.ts";
import { findDevice, readRecording } from "./recording.ts";

export interface ReplayOptions {
  readonly dataDir: string;
  readonly device: string;
  readonly mqttUrl: string;
  readonly password?: string;
  /** How many times faster than recorded; Infinity sends as fast as the gateway acknowledges. */
  readonly speed: number;
  /** Messages on the way at most. */
  readonly window?: number;
  readonly acks?: AckSink;
}

export interface ReplayResult {
  readonly device: string;
  readonly product: string;
  readonly boot: number;
  /** Messages acknowledged, by class. */
  readonly acknowledged: Readonly<Record<string, number>>;
  /** Rows and events whose time could not be read; they were sent without one. */
  readonly withoutTime: number;
  readonly wallMs: number;
}

const YEAR_2020_MS = Date.UTC(2020, 0, 1);
const WINDOW = 500;

function draftOf(item: Recorded): Draft {
  const stamp = item.tsMs === undefined ? {} : { ts: item.tsMs };
  switch (item.kind) {
    case "row":
      return { class: "tele", points: [{ offsetMs: 0, values: item.values }], ...stamp };
    case "event":
      return {
        class: "event",
        events: [{ code: item.code, offsetMs: 0, attrs: item.attrs }],
        ...stamp,
      };
  }
}

function birthOf(recorded: RecordedDevice, ts: number | undefined): Draft {
  return {
    class: "birth",
    model: recorded.product,
    settings: {},
    attrs: { ...recorded.attrs, ...(recorded.cohort === "" ? {} : { cohort: recorded.cohort }) },
    ...(ts === undefined ? {} : { ts }),
  };
}

class CountingSink implements AckSink {
  readonly byClass: Record<string, number> = {};
  readonly #next: AckSink | undefined;

  constructor(next: AckSink | undefined) {
    this.#next = next;
  }

  append(entry: AckEntry): void {
    this.byClass[entry.class] = (this.byClass[entry.class] ?? 0) + 1;
    this.#next?.append(entry);
  }

  async flushed(): Promise<void> {
    await this.#next?.flushed();
  }
}

/** Waits until a recorded moment is due; never goes back for backward stamps. */
class Pace {
  readonly #speed: number;
  #start: { readonly wallMs: number; readonly tsMs: number } | undefined;

  constructor(speed: number) {
    this.#speed = speed;
  }

  async until(tsMs: number | undefined): Promise<void> {
    if (tsMs === undefined || !Number.isFinite(this.#speed)) return;
    this.#start ??= { wallMs: wallNowMs(), tsMs };
    const dueMs = this.#start.wallMs + (tsMs - this.#start.tsMs) / this.#speed;
    const waitMs = dueMs - wallNowMs();
    if (waitMs > 1) await sleepMs(waitMs);
  }
}

/**
 * Plays one recorded device over MQTT as if it were live: file order, QoS 1, a boot of its own per
 * run, `online` and `birth` first, a planned `offline` last.
 *
 * @throws SimError if the device is not in the folder, or the broker refuses it or goes away.
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const startedMs = wallNowMs();
  const { dataDir, device, window = WINDOW } = options;
  const recorded = await findDevice(dataDir, device);
  const acks = new CountingSink(options.acks);
  const boot = Math.floor((startedMs - YEAR_2020_MS) / 1000);
  const pace = new Pace(options.speed);
  let deviceMs: number | undefined;
  let withoutTime = 0;
  const client = new DeviceClient({
    url: options.mqttUrl,
    product: recorded.product,
    device,
    boot,
    acks,
    reconnect: false,
    nowMs: () => deviceMs,
    runCommand: ({ name }) => ({
      state: "rejected",
      code: "recorded_device",
      msg: `${name} cannot change a recording`,
    }),
    ...(options.password === undefined ? {} : { password: options.password }),
  });
  let begun = false;
  const begin = async (): Promise<void> => {
    begun = true;
    await client.connect();
    client.publish(birthOf(recorded, deviceMs));
  };
  for await (const item of readRecording(dataDir, device)) {
    await pace.until(item.tsMs);
    if (item.tsMs === undefined) withoutTime += 1;
    // The first time stamps the greeting; from then on the clock only runs forward, so that a
    // backward stamp does not make the farewell older than the rows before it.
    else deviceMs = Math.max(deviceMs ?? item.tsMs, item.tsMs);
    if (!begun) await begin();
    client.publish(draftOf(item));
    await client.settled(window - 1);
  }
  if (!begun) await begin();
  await client.disconnect();
  await acks.flushed();
  return {
    device,
    product: recorded.product,
    boot,
    acknowledged: acks.byClass,
    withoutTime,
    wallMs: wallNowMs() - startedMs,
  };
}
