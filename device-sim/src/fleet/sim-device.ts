import type { CommandMessage } from "@voorzorg/firmware-contracts";
import type { AckSink } from "../ack-log.ts";
import type { CommandOutcome } from "../command-desk.ts";
import { DeviceClient } from "../device-client.ts";
import type { Appliance } from "../models/appliance.ts";
import { defectsWithout } from "../models/firmware-defects.ts";
import { makeAppliance } from "../models/make-appliance.ts";
import type { Weather } from "../models/weather.ts";
import type { Random } from "../random.ts";
import { SettingsDesk } from "../settings-desk.ts";
import { Agenda } from "./agenda.ts";
import type { AnsweredCommand } from "./answering.ts";
import { Answering } from "./answering.ts";
import { Attention } from "./attention.ts";
import { Pack } from "./pack.ts";
import type { DevicePlan, PlannedTrouble, PlannedTurn } from "./plan.ts";
import { neverConnects } from "./plan.ts";
import type { ReportingProfile } from "./reporting.ts";
import { isAsleep, REPORTING } from "./reporting.ts";
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
  /** Told of every command and what the device made of it. */
  readonly onAnswer?: (answered: AnsweredCommand) => void;
}

const USUAL_FIRMWARE = "2.4.1";

/** One device of a fleet: an appliance, its owner, and its way to the gateway, moved by hand through time. */
export class SimDevice {
  readonly plan: DevicePlan;
  readonly #options: SimDeviceOptions;
  readonly #appliance: Appliance;
  readonly #client: DeviceClient;
  readonly #uplink: Uplink;
  readonly #profile: ReportingProfile;
  readonly #attention: Attention;
  readonly #agenda = new Agenda();
  readonly #answering: Answering;
  readonly #settings: SettingsDesk;
  #firmware: string;
  #nowMs: number;
  #dueMs: number;
  readonly #pack = new Pack();
  #sampledMs = 0;

  constructor(options: SimDeviceOptions) {
    const { plan, startMs, random } = options;
    this.plan = plan;
    this.#options = options;
    this.#nowMs = startMs;
    this.#dueMs = startMs;
    const usual = REPORTING[plan.product];
    this.#profile = plan.calm === undefined ? usual : { ...usual, calm: plan.calm };
    this.#attention = new Attention(this.#profile);
    this.#appliance = makeAppliance(plan.product, random.fork("appliance"), plan.owner);
    this.#firmware = plan.firmware ?? USUAL_FIRMWARE;
    for (const planned of plan.troubles) {
      this.#agenda.at(planned.fromMs, () => this.#begin(planned));
    }
    for (const turn of plan.turns ?? []) this.#agenda.at(turn.atMs, () => this.#turn(turn));
    this.#settings = new SettingsDesk({
      take: (wanted) => this.#appliance.applySettings(wanted),
      inUse: () => this.#appliance.settings(),
    });
    this.#answering = new Answering({
      device: plan.id,
      agenda: this.#agenda,
      client: () => this.#client,
      network: () => this.#uplink.state,
      nowMs: () => this.#nowMs,
      ...(options.onAnswer === undefined ? {} : { onAnswer: options.onAnswer }),
    });
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
      onAnswer: (command, answer) => this.#answering.fate(command, answer),
      onOther: (topicClass, payload) => this.#receive(topicClass, payload),
      ...(options.password === undefined ? {} : { password: options.password }),
    });
    this.#uplink = new Uplink(this.#client, random.fork("uplink"), startMs);
  }

  /** When it wants to go on, in simulated time. */
  get dueMs(): number {
    return Math.min(this.#dueMs, this.#agenda.nextMs);
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
    if (neverConnects(this.plan)) this.#skipTo(toMs);
    else if (isAsleep(this.#profile, toMs)) await this.#sleep(toMs);
    else await this.#report(toMs);
    await this.#agenda.keep(toMs);
  }

  async #report(toMs: number): Promise<void> {
    // Time asleep is not lived through: a rig that is off neither wears nor warms.
    if (this.#profile.sessions !== undefined && !this.#client.connected) this.#nowMs = toMs;
    await this.#connect();
    this.#live(toMs);
    this.#flush();
    const { reportMs } = this.#attention.reporting(this.#nowMs);
    this.#dueMs = toMs + reportMs - (toMs % reportMs);
    await this.#uplink.afterReport();
  }

  async #connect(): Promise<void> {
    const cutShort = this.#answering.restarted();
    if (!(await this.#uplink.connect())) return;
    this.#greet();
    for (const answer of cutShort) this.#client.tell(answer);
  }

  /** Whether something may be decided about it at any moment. */
  get watched(): boolean {
    return this.#attention.isAlert(this.#nowMs);
  }

  /** From now on it looks and reports closely, for a quarter of an hour, then less so for an hour. */
  watchClosely(): void {
    this.#attention.wake(this.#nowMs);
    this.#speakSoon();
  }

  async close(): Promise<void> {
    await this.#uplink.change("good");
    await this.#client.disconnect();
  }

  #skipTo(toMs: number): void {
    this.#nowMs = toMs;
    this.#dueMs = toMs + 24 * 3_600_000;
  }

  async #sleep(toMs: number): Promise<void> {
    const everyMs = this.#profile.sessions?.everyMs ?? 0;
    this.#nowMs = toMs;
    this.#sampledMs = toMs;
    this.#dueMs = toMs + everyMs - (toMs % everyMs);
    if (this.#client.connected) await this.#client.disconnect();
  }

  #live(toMs: number): void {
    const { sampleMs } = this.#attention.reporting(this.#nowMs);
    while (this.#nowMs < toMs) {
      const nextMs = Math.min(toMs, this.#nowMs + sampleMs);
      const environment = { nowMs: nextMs, outdoorC: this.#options.weather.outdoorC(nextMs) };
      this.#appliance.step(nextMs - this.#nowMs, environment);
      this.#nowMs = nextMs;
      this.#tellEvents();
      this.#tellEnded();
      this.#tellAnswers();
      if (nextMs - this.#sampledMs >= sampleMs || nextMs === toMs) this.#sample();
    }
  }

  #sample(): void {
    this.#sampledMs = this.#nowMs;
    if (this.#pack.add(this.#nowMs, this.#appliance.readings())) this.#flush();
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

  /** After the samples before it, like an event. */
  #tellAnswers(): void {
    for (const { id, outcome } of this.#appliance.takeAnswers()) {
      this.#flush();
      this.#answering.goesOn(id, outcome);
    }
  }

  #flush(): void {
    const draft = this.#pack.take();
    if (draft !== undefined) this.#uplink.submit(draft);
  }

  #greet(): void {
    const birth: TimedDraft = {
      class: "birth",
      ts: this.#nowMs,
      model: this.plan.product,
      hardware: "r3",
      firmware: this.#firmware,
      settings: this.#appliance.settings(),
      attrs: this.plan.attrs,
    };
    this.#uplink.submit(birth);
    this.#uplink.backfill();
  }

  async #begin(planned: PlannedTrouble): Promise<void> {
    const { trouble, fromMs } = planned;
    const { id, product } = this.plan;
    const { kind, name, expectedRule } = trouble;
    const expected = expectedRule === undefined ? {} : { expectedRule };
    this.#options.truth.begin({ device: id, product, kind, name, fromMs, ...expected });
    const { toMs } = planned;
    if (toMs !== undefined) this.#agenda.at(toMs, () => this.#endPlanned(planned, toMs));
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
    // A device that hears the network again does not wait for its next report.
    this.#speakSoon();
  }

  async #turn(turn: PlannedTurn): Promise<void> {
    if (turn.kind === "helped") {
      this.#appliance.helpOwner();
      this.#tellEnded();
      this.watchClosely();
      return;
    }
    this.#firmware = turn.firmware;
    for (const trouble of defectsWithout(this.plan.product, turn.firmware)) {
      this.#appliance.endTrouble(trouble, "update");
    }
    this.#tellEnded();
    // The new firmware starts, and says at its birth which one it is.
    await this.#client.disconnect();
    this.#client.reboot();
    this.watchClosely();
    await this.#connect();
  }

  #speakSoon(): void {
    this.#dueMs = Math.min(this.#dueMs, this.#attention.soonMs(this.#nowMs));
  }

  #run({ id, name, args }: CommandMessage): CommandOutcome {
    const outcome = this.#appliance.command({ id, name, args });
    this.#tellEnded();
    this.watchClosely();
    return outcome;
  }

  #receive(topicClass: string, payload: Uint8Array): void {
    if (topicClass !== "des") return;
    const report = this.#settings.receive(payload);
    if (report === undefined) return;
    this.#uplink.submit({ class: "rep", ts: this.#nowMs, ...report });
    this.watchClosely();
  }
}
