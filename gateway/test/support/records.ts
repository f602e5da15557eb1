import type { CommandState, SignalValues, UpClass } from "@voorzorg/firmware-contracts";
import {
  encodeEvent,
  encodeMeasurement,
  encodeResult,
  encodeStatus,
} from "@voorzorg/firmware-contracts";
import type { JournalRecord, MessageRecord, RegisteredDevice } from "#domain/record.ts";
import type { EpochMs } from "#domain/units.ts";
import { BOILER_PRODUCT, BOILER_RULES } from "./boiler-ruleset.ts";

export const START: EpochMs = Date.UTC(2026, 5, 1);

/** Builds the records of one device; a test names only what it cares about. */
export class DeviceScript {
  readonly device: string;
  #seq = 0;
  #boot: number;

  constructor(device = "b1", boot = 1) {
    this.device = device;
    this.#boot = boot;
  }

  tele(at: EpochMs, values: SignalValues, extra: { seq?: number; appendedAt?: EpochMs } = {}) {
    const seq = extra.seq ?? this.#next();
    const message = { boot: this.#boot, seq, ts: at, points: [{ offsetMs: 0, values }] };
    return this.#record("tele", extra.appendedAt ?? at, encodeMeasurement(message, "json"));
  }

  hist(at: EpochMs, values: SignalValues, appendedAt: EpochMs) {
    const message = {
      boot: this.#boot,
      seq: this.#next(),
      ts: at,
      points: [{ offsetMs: 0, values }],
    };
    return this.#record("hist", appendedAt, encodeMeasurement(message, "json"));
  }

  event(at: EpochMs, code: string) {
    const events = [{ code, offsetMs: 0, attrs: {} }];
    const bytes = encodeEvent({ boot: this.#boot, seq: this.#next(), ts: at, events }, "json");
    return this.#record("event", at, bytes);
  }

  result(at: EpochMs, id: string, state: CommandState) {
    const message = { boot: this.#boot, seq: this.#next(), ts: at, id, state };
    return this.#record("res", at, encodeResult(message, "json"));
  }

  status(at: EpochMs, state: "online" | "offline" | "lost" | "sleeping", reason?: string) {
    const message = { boot: this.#boot, state, ...(reason === undefined ? {} : { reason }) };
    return this.#record("status", at, encodeStatus(message, "json"));
  }

  reboot(): void {
    this.#boot += 1;
    this.#seq = 0;
  }

  #next(): number {
    this.#seq += 1;
    return this.#seq;
  }

  #record(cls: UpClass, appendedAt: EpochMs, payload: Uint8Array): MessageRecord {
    const { device } = this;
    return { kind: "message", appendedAt, product: "boiler", device, class: cls, qos: 1, payload };
  }
}

export const registered = (
  id = "b1",
  overrides: Partial<RegisteredDevice> = {},
): RegisteredDevice => ({
  id,
  product: "boiler",
  attrs: {},
  cohort: "",
  owner: "",
  activatedAt: START,
  ...overrides,
});

/** Configuration, ruleset and devices: what stands at the head of every test's journal. */
export function head(
  devices: readonly string[] = ["b1"],
  clock: "live" | "event" = "live",
): readonly JournalRecord[] {
  const appendedAt = START;
  return [
    { kind: "config", appendedAt, clock },
    {
      kind: "ruleset",
      appendedAt,
      hash: "h1",
      products: [BOILER_PRODUCT],
      rules: [BOILER_RULES],
    },
    ...devices.map((id): JournalRecord => {
      const device = registered(id);
      return { kind: "registry", appendedAt, change: "put", device, by: "test" };
    }),
  ];
}
