import { join } from "node:path";
import { SqliteJournal } from "../../gateway/src/adapters/journal-sqlite/sqlite-journal.ts";
import type { JournalRecord } from "../../gateway/src/domain/record.ts";
import { encodeRecord } from "../../gateway/src/pipeline/record-codec.ts";

export const RESTART_PRODUCT = "espresso-pro";
export const restartDevice = (index: number): string =>
  `machine-${String(index + 1).padStart(6, "0")}`;

const BATCH = 2_000;
const BOOT = 1;

export interface RecordedFleet {
  readonly devices: number;
  /** Messages of each device. */
  readonly messages: number;
  /** Time between two of them. */
  readonly everyMs: number;
  /** Time of the last ones. */
  readonly untilMs: number;
}

/** Every device is registered, then all report in turn: records as a gateway writes them. */
export function* recordsOf(fleet: RecordedFleet): Generator<JournalRecord> {
  const { devices, messages, everyMs, untilMs } = fleet;
  const startMs = untilMs - messages * everyMs;
  for (let index = 0; index < devices; index += 1) {
    const id = restartDevice(index);
    const device = { id, product: RESTART_PRODUCT, attrs: {}, cohort: "", owner: "" };
    yield {
      kind: "registry",
      appendedAt: startMs,
      change: "put",
      device: { ...device, activatedAt: startMs },
      by: "bench",
    };
  }
  for (let round = 0; round < messages; round += 1) {
    const atMs = startMs + (round + 1) * everyMs;
    for (let index = 0; index < devices; index += 1) {
      yield {
        kind: "message",
        appendedAt: atMs,
        product: RESTART_PRODUCT,
        device: restartDevice(index),
        class: "tele",
        qos: 1,
        payload: Buffer.from(JSON.stringify(readings(index, round, atMs))),
      };
    }
  }
}

/** A machine on which all is well: no two report the same, none is out of its limits. */
function readings(index: number, round: number, atMs: number) {
  const wave = ((index * 7 + round * 13) % 100) / 100;
  return {
    boot: BOOT,
    seq: round + 1,
    ts: atMs,
    m: {
      boiler_temp: 92.5 + wave,
      state: "idle",
      heater_power: 400 + 20 * wave,
      pump_pressure: 0.2,
      flow: 0,
      tank_level: 60 + 10 * wave,
      grounds_level: 30 + wave,
      cups_total: 1_000 + round,
    },
  };
}

/** Appends as the gateway does, which must not be running. */
export function appendAll(
  dataDir: string,
  fleet: RecordedFleet,
  progress: (count: number) => void,
): void {
  using journal = new SqliteJournal({
    directory: join(dataDir, "journal"),
    now: () => fleet.untilMs,
  });
  let batch: Uint8Array[] = [];
  let count = 0;
  const flush = (): void => {
    if (batch.length === 0) return;
    count += batch.length;
    journal.appendSync(batch, `bench-${count}`);
    batch = [];
    if (count % (BATCH * 100) === 0) progress(count);
  };
  for (const record of recordsOf(fleet)) {
    batch.push(encodeRecord(record));
    if (batch.length === BATCH) flush();
  }
  flush();
}
