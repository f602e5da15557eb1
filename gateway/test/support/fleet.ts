import { encodeEvent } from "@voorzorg/firmware-contracts";
import type { CaseView } from "#domain/case/case.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { Action, JournalRecord, MessageRecord, RegisteredDevice } from "#domain/record.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import { EngineRig } from "./bench-engine.ts";
import { START } from "./records.ts";

const PRODUCT = {
  path: "products/kettle.yaml",
  text: `
id: kettle
title: Test kettle
version: 1
expectedPeriod: 1h
signals:
  temp: { kind: gauge, title: Temperature, unit: Cel, range: [0, 200], period: 1h }
events:
  broke: { number: 1, title: Broke, severity: error }
  mended: { number: 2, title: Mended, severity: info }
  beeped: { number: 3, title: Beeped, severity: info }
`,
};

const RULES = {
  path: "rules/kettle.yaml",
  text: `
product: kettle
rules:
  - id: broken
    kind: fault
    severity: urgent
    title: The kettle is broken
    why: It does not boil.
    event: { code: broke, clearCode: mended }
    playbook:
      - escalate: { next: Send another kettle. }
  - id: beeping
    kind: fault
    title: The kettle beeps
    why: It annoys.
    event: { code: beeped }
    playbook:
      - escalate: { next: Call the owner. }
`,
};

type Place = Pick<RegisteredDevice, "attrs">["attrs"];

/** Journal of a fleet whose devices break and are mended by an event each. */
export class Fleet {
  readonly #seqs = new Map<string, number>();

  /** Clock, rules and, if given, the service file. */
  static head(service = "", at: EpochMs = START): readonly JournalRecord[] {
    const config = { kind: "config", appendedAt: at, clock: "live" } as const;
    const file = { path: "service.yaml", text: service };
    return [
      service === "" ? config : { ...config, service: file },
      { kind: "ruleset", appendedAt: at, hash: "k1", products: [PRODUCT], rules: [RULES] },
    ];
  }

  static put(id: string, attrs: Place = {}, at: EpochMs = START): JournalRecord {
    const device = { id, product: "kettle", attrs, cohort: "", owner: "", activatedAt: at };
    return { kind: "registry", appendedAt: at, change: "put", device, by: "test" };
  }

  event(device: string, code: string, at: EpochMs): MessageRecord {
    const seq = (this.#seqs.get(device) ?? 0) + 1;
    this.#seqs.set(device, seq);
    const events = [{ code, offsetMs: 0, attrs: {} }];
    const payload = encodeEvent({ boot: 1, seq, ts: at, events }, "json");
    return { ...MESSAGE, appendedAt: at, device, class: "event", payload };
  }

  birth(device: string, firmware: string, at: EpochMs): MessageRecord {
    const seq = (this.#seqs.get(device) ?? 0) + 1;
    this.#seqs.set(device, seq);
    const text = JSON.stringify({ boot: 1, seq, ts: at, fw: firmware });
    const payload = new TextEncoder().encode(text);
    return { ...MESSAGE, appendedAt: at, device, class: "birth", payload };
  }
}

const MESSAGE = { kind: "message", product: "kettle", qos: 1 } as const;

let keys = 0;
/** What Anna asks for at a time. */
export function asks(action: Action, at: EpochMs): JournalRecord {
  keys += 1;
  return { kind: "action", appendedAt: at, id: `fleet-${keys}`, by: "anna", action };
}

/** A rig with a fleet of `size` kettles, of which every device's attributes are told by `place`. */
export class FleetRig extends EngineRig {
  readonly fleet = new Fleet();
  readonly #problems = new Map<string, ProblemView>();

  constructor(size: number, place: (i: number) => Place = () => ({}), service = "") {
    super();
    this.play(...Fleet.head(service, START - 60 * DAY_MS));
    for (let i = 0; i < size; i++) this.play(Fleet.put(`k${i}`, place(i), START - 60 * DAY_MS));
  }

  play(...records: readonly JournalRecord[]): void {
    for (const record of records) {
      this.apply(record);
      for (const view of this.changed.problems ?? []) this.#problems.set(view.id, view);
    }
  }

  breaks(device: string, at: EpochMs): void {
    this.play(this.fleet.event(device, "broke", at));
  }

  mends(device: string, at: EpochMs): void {
    this.play(this.fleet.event(device, "mended", at));
  }

  asks(action: Action, at: EpochMs): void {
    this.play(asks(action, at));
  }

  until(at: EpochMs): void {
    this.play({ kind: "tick", appendedAt: at });
  }

  get problems(): readonly ProblemView[] {
    return [...this.#problems.values()];
  }

  /** Newest case of the device. */
  case(device: string): CaseView {
    const found = this.cases.findLast((c) => c.device === device);
    if (found === undefined) throw new Error(`no case of ${device}`);
    return found;
  }

  /** Lines of a case's or problem's timeline. */
  lines(id: string): readonly string[] {
    return this.events.filter((e) => e.caseId === id).map((e) => e.kind);
  }

  kindsOf(kind: string): number {
    return this.kinds.filter((one) => one === kind).length;
  }
}
