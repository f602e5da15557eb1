import type { CommandMessage, Point } from "@voorzorg/firmware-contracts";
import { decodeDesired } from "@voorzorg/firmware-contracts";
import type { AckSink } from "../ack-log.ts";
import type { CommandOutcome } from "../command-desk.ts";
import { DeviceClient } from "../device-client.ts";
import type { Appliance } from "../models/appliance.ts";
import { makeAppliance } from "../models/make-appliance.ts";
import type { Weather } from "../models/weather.ts";
import type { Random } from "../random.ts";
import type { DevicePlan, PlannedTrouble } from "./plan.ts";
import type { Reporting, ReportingProfile } from "./reporting.ts";
import { REPORTING } from "./reporting.ts";
import type { Truth } from "./truth.ts";
import type { NetworkState, TimedDraft } from "./uplink.ts";
import { Uplink } from "./uplink.ts";

export interface SimDeviceOptions {
  readonly plan: DevicePlan;
  readonly mqttUrl: string;
  readonly password: string | undefined;
  readonly acks: AckSink;
  readonly random: Random;
  readonly weather: Weather;
  readonly truth: Truth;
  readonly startMs: number;
  /** Told of every command when it has been run. */
  readonly onCommand?: (device: string, command: string, outcome: CommandOutcome) => void;
}

/** After a fault begins or a command comes, causes and effects are minutes apart, proofs up to an hour. */
const WATCH_CLOSELY_MS = 15 * 60_000;
const STAY_ALERT_MS = 65 * 60_000;
/** Keeps a pack below 64 KiB, whatever the product. */
const MAX_POINTS = 100;

/** One device of a fleet: an appliance, its owner, and its way to the gateway, moved by hand through time. */
export class SimDevice {
  readonly plan: DevicePlan;
  readonly #options: SimDeviceOptions;
  readonly #appliance: Appliance;
  readonly #client: DeviceClient;
  readonly #uplink: Uplink;
  readonly #profile: ReportingProfile;
  #nowMs: number;
  #dueMs: number;
  #closeUntilMs = 0;
  #alertUntilMs = 0;
  #points: { readonly atMs: number; readonly values: Point["values"] }[] = [];
  #sampledMs = 0;
  #waiting: PlannedTrouble[];
  #ending: PlannedTrouble[] = [];

  constructor(options: SimDeviceOptions) {
    const { plan, startMs, random } = options;
    this.plan = plan;
    this.#options = options;
    this.#nowMs = startMs;
    this.#dueMs = startMs;
    const usual = REPORTING[plan.product];
    this.#profile = plan.calm === undefined ? usual : { ...usual, calm: plan.calm };
    this.#appliance = makeAppliance(plan.product, random.fork("appliance"), plan.owner);
    this.#waiting = [...plan.troubles].sort((a, b) => a.fromMs - b.fromMs);
    this.#client = new DeviceClient({
      url: options.mqttUrl,
      product: plan.product,
      device: plan.id,
      boot: 1,
      acks: options.acks,
      reconnect: true,
      nowMs: () => this.#uplink.deviceTimeMs(this.#nowMs),
      upMs: () => this.#nowMs - startMs,
      runCommand: (command) => this.#run(command),
      onOther: (topicClass, payload) => this.#receive(topicClass, payload),
      ...(options.password === undefined ? {} : { password: options.password }),
    });
    this.#uplink = new Uplink(this.#client, random.fork("uplink"), startMs);
  }

  /** When it wants to go on, in simulated time. */
  get dueMs(): number {
    const trouble = this.#waiting[0];
    return trouble === undefined ? this.#dueMs : Math.min(this.#dueMs, trouble.fromMs);
  }

  get commands(): number {
    return this.#client.commands;
  }

  get unacked(): number {
    return this.#client.unacked;
  }

  settled(): Promise<void> {
    return this.#client.settled();
  }

  /** Lives until `toMs` and reports what there is to report. */
  async advance(toMs: number): Promise<void> {
    if (this.#neverConnects()) this.#skipTo(toMs);
    else if (this.#asleepAt(toMs)) await this.#sleep(toMs);
    else await this.#report(toMs);
    await this.#changeTroubles(toMs);
  }

  async #report(toMs: number): Promise<void> {
    // Time asleep is not lived through: a rig that is off neither wears nor warms.
    if (this.#profile.sessions !== undefined && !this.#client.connected) this.#nowMs = toMs;
    if (await this.#uplink.connect()) this.#greet();
    this.#live(toMs);
    this.#flush();
    const { reportMs } = this.#reporting();
    this.#dueMs = toMs + reportMs - (toMs % reportMs);
    await this.#uplink.afterReport();
  }

  /** Whether something may be decided about it at any moment. */
  get watched(): boolean {
    return this.#nowMs < this.#alertUntilMs;
  }

  /** From now on it looks and reports closely, for a quarter of an hour, then less so for an hour. */
  watchClosely(): void {
    this.#alertUntilMs = Math.max(this.#alertUntilMs, this.#nowMs + STAY_ALERT_MS);
    this.#closeUntilMs = Math.max(this.#closeUntilMs, this.#nowMs + WATCH_CLOSELY_MS);
    const { reportMs } = this.#profile.close;
    this.#dueMs = Math.min(this.#dueMs, this.#nowMs + reportMs - (this.#nowMs % reportMs));
  }

  async close(): Promise<void> {
    await this.#uplink.change("good");
    await this.#client.disconnect();
  }

  #reporting(): Reporting {
    if (this.#nowMs < this.#closeUntilMs) return this.#profile.close;
    return this.watched ? this.#profile.alert : this.#profile.calm;
  }

  #neverConnects(): boolean {
    return this.plan.troubles.some(({ trouble }) => trouble.name === "never_commissioned");
  }

  #skipTo(toMs: number): void {
    this.#nowMs = toMs;
    this.#dueMs = toMs + 24 * 3_600_000;
  }

  #asleepAt(atMs: number): boolean {
    const { sessions } = this.#profile;
    return sessions !== undefined && atMs % sessions.everyMs >= sessions.lengthMs;
  }

  async #sleep(toMs: number): Promise<void> {
    const everyMs = this.#profile.sessions?.everyMs ?? 0;
    this.#nowMs = toMs;
    this.#sampledMs = toMs;
    this.#dueMs = toMs + everyMs - (toMs % everyMs);
    if (this.#client.connected) await this.#client.disconnect();
  }

  #live(toMs: number): void {
    const { sampleMs } = this.#reporting();
    while (this.#nowMs < toMs) {
      const nextMs = Math.min(toMs, this.#nowMs + sampleMs);
      const environment = { nowMs: nextMs, outdoorC: this.#options.weather.outdoorC(nextMs) };
      this.#appliance.step(nextMs - this.#nowMs, environment);
      this.#nowMs = nextMs;
      this.#tellEvents();
      this.#tellEnded();
      if (nextMs - this.#sampledMs >= sampleMs || nextMs === toMs) this.#sample();
    }
  }

  #sample(): void {
    this.#sampledMs = this.#nowMs;
    this.#points.push({ atMs: this.#nowMs, values: this.#appliance.readings() });
    if (this.#points.length >= MAX_POINTS) this.#flush();
  }

  /** An event goes out at its own moment, after the samples before it: a device's times never run backward. */
  #tellEvents(): void {
    for (const { code, atMs, attrs } of this.#appliance.takeEvents()) {
      this.#flush();
      const events = [{ code, offsetMs: 0, attrs }];
      this.#uplink.submit({ class: "event", ts: atMs, events });
    }
  }

  #tellEnded(): void {
    for (const { trouble, atMs, by } of this.#appliance.takeEnded()) {
      this.#options.truth.end(this.plan.id, trouble, { atMs, by });
    }
  }

  #flush(): void {
    const last = this.#points.at(-1);
    if (last === undefined) return;
    const points = this.#points.map(({ atMs, values }) => ({ offsetMs: atMs - last.atMs, values }));
    this.#points = [];
    this.#uplink.submit({ class: "tele", ts: last.atMs, points });
  }

  #greet(): void {
    const birth: TimedDraft = {
      class: "birth",
      ts: this.#nowMs,
      model: this.plan.product,
      hardware: "r3",
      firmware: "2.4.1",
      settings: this.#appliance.settings(),
      attrs: this.plan.attrs,
    };
    this.#uplink.submit(birth);
    this.#uplink.backfill();
  }

  async #changeTroubles(nowMs: number): Promise<void> {
    for (const planned of this.#ending.filter(({ toMs = 0 }) => toMs <= nowMs)) {
      this.#ending = this.#ending.filter((candidate) => candidate !== planned);
      await this.#endPlanned(planned, nowMs);
    }
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.fromMs > nowMs) return;
      this.#waiting.shift();
      await this.#begin(next);
    }
  }

  async #begin(planned: PlannedTrouble): Promise<void> {
    const { trouble, fromMs } = planned;
    const { id, product } = this.plan;
    const { kind, name, expectedRule } = trouble;
    const expected = expectedRule === undefined ? {} : { expectedRule };
    this.#options.truth.begin({ device: id, product, kind, name, fromMs, ...expected });
    if (planned.toMs !== undefined) this.#ending.push(planned);
    if (kind === "network") await this.#uplink.change(name as NetworkState);
    else if (name !== "never_commissioned") this.#appliance.begin(name, this.#nowMs);
    if (kind === "fault" || trouble.showsWithinH <= 1) this.watchClosely();
  }

  async #endPlanned({ trouble }: PlannedTrouble, nowMs: number): Promise<void> {
    if (trouble.kind !== "network") {
      this.#appliance.endTrouble(trouble.name, "time");
      this.#tellEnded();
      return;
    }
    await this.#uplink.change("good");
    this.#options.truth.end(this.plan.id, trouble.name, { atMs: nowMs, by: "time" });
  }

  #run({ name, args }: CommandMessage): CommandOutcome {
    const outcome = this.#appliance.command({ name, args });
    this.#tellEnded();
    this.watchClosely();
    this.#options.onCommand?.(this.plan.id, name, outcome);
    return outcome;
  }

  /** Desired settings are reported back as they are; the appliances keep their own. */
  #receive(topicClass: string, payload: Uint8Array): void {
    if (topicClass !== "des") return;
    const desired = decodeDesired(payload);
    if (!desired.ok) return;
    const { version } = desired.value;
    const settings = this.#appliance.settings();
    this.#uplink.submit({ class: "rep", ts: this.#nowMs, version, settings });
  }
}
