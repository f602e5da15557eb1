import type { UpClass } from "@voorzorg/firmware-contracts";
import { decodeFields } from "@voorzorg/firmware-contracts";
import type { AlertTransition, Effects } from "#domain/effects.ts";
import { Engine } from "#domain/engine/engine.ts";
import { GatewayError } from "#domain/errors.ts";
import type { MessageRecord } from "#domain/record.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import type { StoppedRule } from "#domain/rules/stopped-rule.ts";
import type { EpochMs } from "#domain/units.ts";
import type { DeviceRecording } from "#pipeline/backtest/merge-devices.ts";
import { mergeDevices } from "#pipeline/backtest/merge-devices.ts";
import type { Recorded, RecordedDevice } from "#pipeline/backtest/recorded.ts";

/** An alert of one device from its firing to its end. Device time. */
export interface Alarm {
  readonly device: string;
  readonly rule: string;
  readonly level: "watch" | "act";
  readonly from: EpochMs;
  /** null = it stands at the end of the recording. */
  readonly to: EpochMs | null;
  readonly evidence: AlertTransition["evidence"];
}

export interface Played {
  /** By device in the given order, then by start. */
  readonly alarms: readonly Alarm[];
  readonly messages: number;
  /** Signal values that were known. */
  readonly samples: number;
  /** Messages that the product's contract refuses: their number by reason, in order of appearance. */
  readonly refused: ReadonlyMap<string, number>;
  /** First and newest time of each device that gave one. */
  readonly spans: ReadonlyMap<string, Span>;
}

export interface Span {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

const NO_PAYLOAD = new Uint8Array(0);
const DISCARD_EVERY = 10_000;
/** Distinct reasons kept; a reason quotes values, so there may be as many as messages. */
const MAX_REASONS = 20;

/**
 * Runs the deciding core over the recordings of devices that belong together (one, or the peers of
 * one cohort), as if each had been played over MQTT: online first, rows and events as they come, a
 * planned offline last. The service clock follows the recordings.
 */
export async function playGroup(
  recordings: readonly DeviceRecording[],
  ruleset: CompiledRuleset,
): Promise<Played> {
  const player = new Player(ruleset);
  for (const { device } of recordings) player.register(device);
  await mergeDevices(recordings, (device, item) => player.take(device, item));
  return player.finish(recordings.map(({ device }) => device.id));
}

interface Speaker {
  readonly device: RecordedDevice;
  readonly firstMs: EpochMs | undefined;
  /** Its clock as the player keeps it: never runs back, so that the farewell is not older than the rows. */
  nowMs: EpochMs | undefined;
}

/** A rule fails on a recording: what it would have found is not known. */
export class RuleFailedError extends GatewayError {
  readonly code = "VZ_RULE_FAILED";
}

const failureOf = ({ product, rule, device, reason }: StoppedRule): string =>
  `Rule ${product}/${rule} fails on the recording of ${device}: ${reason}. Mend the rule, or leave it out.`;

class Player {
  readonly #engine: Engine;
  readonly #open = new Map<string, Alarm>();
  readonly #alarms: Alarm[] = [];
  readonly #refused = new Map<string, number>();
  readonly #speakers = new Map<string, Speaker>();
  #offset = 0;
  #messages = 0;
  #samples = 0;

  constructor(ruleset: CompiledRuleset) {
    this.#engine = new Engine([], { ruleset, alerts: true });
    this.#engine.apply(++this.#offset, { kind: "config", appendedAt: 0, clock: "event" });
  }

  register(device: RecordedDevice): void {
    this.#engine.apply(++this.#offset, {
      kind: "registry",
      appendedAt: 0,
      change: "put",
      device: { ...device, owner: "", activatedAt: 0 },
      by: "backtest",
    });
  }

  /** One item of a device; undefined = its recording has ended. */
  take(device: RecordedDevice, item: Recorded | undefined): void {
    let speaker = this.#speakers.get(device.id);
    const tsMs = item?.tsMs;
    if (speaker === undefined) {
      speaker = { device, firstMs: tsMs, nowMs: tsMs };
      this.#speakers.set(device.id, speaker);
      this.#say(speaker, "status", { s: "online" });
    }
    if (tsMs !== undefined && !(tsMs <= (speaker.nowMs ?? Number.NEGATIVE_INFINITY))) {
      speaker.nowMs = tsMs;
    }
    if (item === undefined) {
      this.#say(speaker, "status", { s: "offline", reason: "planned" });
      return;
    }
    const stamp = tsMs === undefined ? {} : { ts: tsMs };
    if (item.kind === "row") {
      this.#apply(device, "tele", { ...stamp, m: item.values });
    } else {
      this.#apply(device, "event", { ...stamp, code: item.code, attrs: item.attrs });
    }
  }

  /** @throws RuleFailedError */
  finish(order: readonly string[]): Played {
    const [stop] = this.#engine.stoppedRules;
    if (stop !== undefined) throw new RuleFailedError(failureOf(stop));
    const alarms = [...this.#alarms, ...this.#open.values()];
    const place = new Map(order.map((id, index) => [id, index]));
    const placeOf = (alarm: Alarm): number => place.get(alarm.device) ?? -1;
    // Stable: alarms of the same moment stay in the order of firing.
    alarms.sort((a, b) => placeOf(a) - placeOf(b) || a.from - b.from);
    const spans = [...this.#speakers].flatMap(([id, { firstMs, nowMs = 0 }]) =>
      firstMs === undefined ? [] : [[id, { from: firstMs, to: nowMs }] as const],
    );
    return {
      alarms,
      messages: this.#messages,
      samples: this.#samples,
      refused: this.#refused,
      spans: new Map(spans),
    };
  }

  #say({ device, nowMs }: Speaker, cls: "status", fields: Record<string, unknown>): void {
    this.#apply(device, cls, nowMs === undefined ? fields : { ...fields, ts: nowMs });
  }

  #apply(device: RecordedDevice, cls: UpClass, fields: Record<string, unknown>): void {
    const { id, product } = device;
    const record: MessageRecord = {
      kind: "message",
      appendedAt: 0,
      product,
      device: id,
      class: cls,
      qos: 1,
      payload: NO_PAYLOAD,
    };
    this.#messages += 1;
    this.#note(
      this.#engine.applyDecoded(++this.#offset, record, (model) => {
        const decoded = decodeFields(cls, fields, model);
        if (decoded.ok && decoded.value.class === "tele") this.#count(decoded.value.points);
        return decoded;
      }),
    );
    if (this.#offset % DISCARD_EVERY === 0) this.#engine.discardChanges();
  }

  #count(points: readonly { readonly values: Readonly<Record<string, unknown>> }[]): void {
    for (const { values } of points) {
      for (const name in values) if (values[name] !== null) this.#samples += 1;
    }
  }

  #note(effects: Effects | undefined): void {
    if (effects === undefined) return;
    for (const { reason } of effects.quarantine) {
      const known = this.#refused.has(reason) || this.#refused.size < MAX_REASONS;
      const key = known ? reason : "other reasons";
      this.#refused.set(key, (this.#refused.get(key) ?? 0) + 1);
    }
    for (const transition of effects.alerts ?? []) this.#moved(transition);
  }

  #moved({ device, rule, level, change, at, evidence }: AlertTransition): void {
    const key = `${device}\n${rule}`;
    const open = this.#open.get(key);
    if (change === "fired" || change === "resumed") {
      this.#open.set(key, { device, rule, level, from: at, to: null, evidence });
    } else if (open !== undefined) {
      this.#open.delete(key);
      this.#alarms.push({ ...open, to: at });
    }
  }
}
